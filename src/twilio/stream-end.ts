/** How a stream ended. `stopped`: Twilio said so (the caller hung up); `closed`: we closed it; `lost`: the socket ended without a word. */
export type StreamEnd = 'stopped' | 'closed' | 'lost';
