#!/usr/bin/env node
// Starts the command line of dist/. CommonJS, and old syntax: it must give its message on an old Node too.
"use strict";

var path = require("path");
var fs = require("fs");

var version = process.versions.node.split(".").map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write("anneal needs Node 20.19 or newer, this is " + process.version + "\n");
  process.exit(2);
}

var root = path.join(__dirname, "..");
var entry = path.join(root, "dist", "bin", "load.cjs");
if (!fs.existsSync(entry)) {
  process.stderr.write("anneal is not built: run `npm ci`, or `npm run build`, in " + root + "\n");
  process.exit(2);
}

require(entry).start(root, process.argv.slice(2));
