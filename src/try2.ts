import { readFile } from 'node:fs/promises';
import { parseCall } from './recordings/recording.js';
import { fixtureText } from './recordings/fixture-text.js';
import { callerScript } from './simulator/caller-script.js';
const streams = parseCall(fixtureText(parseCall(await readFile(process.argv[2] ?? '', 'utf8'))));
const s = callerScript(streams[0]!, null);
console.log(s.markLags, s.sendsSilence, s.items.length);
for (const i of s.items) if (i.does !== 'frame' || i.cue) console.log(i.atMs, i.does, i.text.slice(0,60), i.cue);
