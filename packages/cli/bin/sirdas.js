#!/usr/bin/env node
// The command `sirdas`. Checks the version of Node first, in syntax that old versions can read, because what
// an unsuitable version would say otherwise (a crash inside a native module) tells nobody what to do.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `sirdas needs Node 22.12 or newer; this is Node ${process.versions.node}. Install a newer Node and try again.`,
  );
  process.exit(1);
}
await import('../dist/main.js');
