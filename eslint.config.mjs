import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/node_modules/", "**/venv/", "**/.venv/", ".stack/", "**/dist/"] },
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
];
