import { readFile } from 'node:fs/promises';
import { parseCall } from './recordings/recording.js';
import { callDifferences } from './recordings/call-differences.js';
import { fixtureText } from './recordings/fixture-text.js';
import { replayCall } from './cli/replayed-fixture.js';
import { createReplayVoice } from './replay-voice-folder.js';
const streams = parseCall(fixtureText(parseCall(await readFile(process.argv[2] ?? '', 'utf8'))));
console.log('fixture bytes', fixtureText(streams).length);
const voice = await createReplayVoice();
for (let i = 0; i < 2; i++) {
const at = performance.now();
const r = await replayCall(streams, voice);
console.log('took', performance.now() - at, 'made', voice.made);
console.log(r.faults, r.storedSessions, r.liveCalls, r.text.length);
for (const d of callDifferences(streams, r.streams)) console.log(d);
const again = await replayCall(r.streams, voice);
console.log(again.text === r.text, callDifferences(r.streams, again.streams));
}
await voice.close();
