import js from "@eslint/js";
import globals from "globals";

export default [
  // What was installed or generated, whatever folder a tool keeps it in.
  { ignores: ["**/.*/", "**/venv/", "**/node_modules/", "**/dist/", "**/build/"] },
  {
    files: ["**/*.mjs"],
    ...js.configs.recommended,
    languageOptions: { globals: globals.node },
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  {
    files: ["**/*.cjs"],
    ...js.configs.recommended,
    languageOptions: { globals: globals.node, sourceType: "commonjs" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  {
    files: ["fcm_emulator/src/fcm_emulator/ui/*.js"],
    ...js.configs.recommended,
    languageOptions: { globals: globals.browser, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
];
