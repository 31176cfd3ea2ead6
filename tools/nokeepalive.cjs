// Loaded into firebase-tools: the Python workers close an idle connection after two seconds, Node would reuse it at that
// very moment, and an event or a task would be lost. It may go when functions-framework lets gunicorn's keep-alive be set.
const http = require("node:http");

http.globalAgent = new http.Agent({ keepAlive: false });
