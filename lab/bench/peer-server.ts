import { pathToFileURL } from 'node:url';
import { type WebSocket, WebSocketServer } from 'ws';

/** A public transport of the field, as its documentation has it: each call's audio goes on to a realtime model. */
interface Transport {
  connect(options: { readonly apiKey: string; readonly model: string; readonly url: string }): Promise<void>;
  on(event: 'error', listener: () => void): void;
}
type TransportLayer = new (options: { readonly twilioWebSocket: WebSocket }) => Transport;

const [entry = '', upstream = ''] = process.argv.slice(2);
const module: { readonly TwilioRealtimeTransportLayer: TransportLayer } = await import(
  pathToFileURL(entry).href
);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  const transport = new module.TwilioRealtimeTransportLayer({ twilioWebSocket: socket });
  transport.on('error', () => undefined);
  void transport.connect({ apiKey: 'none', model: 'none', url: upstream });
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.({ url: `http://127.0.0.1:${address.port}` });
});
