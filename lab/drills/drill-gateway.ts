import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { loadConfig } from '../../src/config.js';
import { silentLogger } from '../../src/core/logger.js';
import { createGateway, type Overrides } from '../../src/gateway.js';

/** All gateways of a drill stand behind this address. */
export const PUBLIC_URL = 'http://localhost';
export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
export const TRANSFER_NUMBER = '+15125550190';

/** A gateway in this process. */
export interface DrillGateway {
  readonly url: string;
  close(): Promise<void>;
}

/** Settles when it is ready: the greeting is made and the database answers. */
export async function openGateway(
  overrides: Overrides = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<DrillGateway> {
  const config = loadConfig({
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: 'memory',
    PUBLIC_URL,
    TRANSFER_NUMBER,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    ...settings,
  });
  const gateway = await createGateway(config, { logger: silentLogger(), ...overrides });
  const { url } = await gateway.listen();
  const deadline = performance.now() + 60_000;
  while (!(await fetch(`${url}/health/ready`)).ok) {
    if (performance.now() > deadline) throw new Error('The gateway was not ready within a minute.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, close: () => gateway.close() };
}

/** Two gateways of a shop for as long as `use` takes; closed whatever comes of it. */
export async function withTwoGateways<T>(
  settings: Readonly<Record<string, string>>,
  use: (one: DrillGateway, other: DrillGateway) => Promise<T>,
): Promise<T> {
  const one = await openGateway({}, settings);
  try {
    const other = await openGateway({}, settings);
    return await use(one, other).finally(() => other.close());
  } finally {
    await one.close();
  }
}

export function twilioAt(gateway: DrillGateway): TwilioSimulator {
  return new TwilioSimulator({ gatewayUrl: gateway.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN });
}
