import { Redis } from 'ioredis';
import { ONE_MOMENT } from '../../src/agents/keypad/keypad-prompts.js';
import { isAttested } from '../../src/desk/identity.js';
import type { Session } from '../../src/sessions/session.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { wordsIn } from '../../test/support/private-shop.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { STIR_VERDICTS } from '../../test/support/stir-verdicts.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { askedByAgents } from './identity-agents.js';
import { atFrontDesk, KeyedCaller, logged } from './keyed-caller.js';
import { type SharedStores, startInShop, twilioFor } from './shared-shop.js';

const CUSTOMER = '+15125550142';
const STRANGER = '+15125550143';
const RIGHT = '7042';
const WRONG = ['9991', '9992', '9993'] as const;
/** Of the customer; the last as the agent would say it. */
const PRIVATE = ['Marialuisa', 'Alvarezquintero', 'Zaporozhets', 'P70', 'HDDEN0007042', 'tire service'];
const TOLD = /Your tire service is on/;
const REFUSED = 'I am sorry, I cannot check by phone who you are';

export const topic: Drill = {
  title: 'Who calls: caller IDs, guessed digits, a gateway that dies, agents that ask for everything',
  async drill() {
    const { TEST_DATABASE_URL } = process.env;
    if (!TEST_DATABASE_URL)
      throw new Error('Both gateways must share a PostgreSQL: name one with TEST_DATABASE_URL.');
    const [server, database] = [await RedisServer.start(), await createServerDatabase(TEST_DATABASE_URL)];
    const shop = new IdentityDrill({ REDIS_URL: server.url, DATABASE_URL: database.url });
    try {
      return [...(await shop.rows()), ...(await askedByAgents(TEST_DATABASE_URL))];
    } finally {
      await shop.close();
      await server.stop();
      await database.drop();
    }
  },
};

/** Two gateways of one shop, with one customer whose vehicle and appointment nobody else may hear of. */
class IdentityDrill {
  readonly #stores: SharedStores;
  readonly #redis: Redis;
  readonly #gateways: GatewayProcess[] = [];
  #log = '';

  constructor(stores: SharedStores) {
    this.#stores = stores;
    this.#redis = new Redis(stores.REDIS_URL);
  }

  async rows(): Promise<DrillRow[]> {
    const [one, other] = [await this.#start(), await this.#start()];
    await enrol(one.url);
    const byCallerId = await this.#callerIdsOnly(one);
    const survives = await this.#rightDigits(one, other);
    const third = await this.#start();
    return [byCallerId, ...survives, ...(await this.#guesses(other, third)), this.#logIsClean()];
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()));
  }

  async #start(): Promise<GatewayProcess> {
    const gateway = await startInShop(
      this.#stores,
      { LOG_LEVEL: 'debug' },
      {
        onOutput: (text) => {
          this.#log += text;
        },
      },
    );
    this.#gateways.push(gateway);
    return gateway;
  }

  /** Asks for the appointments, then books as far as to the reading back, where a vehicle would be named. */
  async #callerIdsOnly(gateway: GatewayProcess): Promise<DrillRow> {
    const twilio = twilioFor(gateway);
    const verdicts = STIR_VERDICTS.filter((stir) => !isAttested(stir));
    // One after the other: a number that is not attested has three calls at once at most.
    const told: { asked: boolean; words: string[] }[] = [];
    for (const stir of verdicts) {
      const caller = new KeyedCaller(twilio, this.#redis, CUSTOMER, stir);
      await caller.press('2');
      // A desk that is slow at first is bridged with a word: the question comes after it.
      await caller.untilStored(({ current_state }) => current_state === 'collecting_info');
      await caller.press('#');
      for (const state of ['collecting_info', 'booking', 'confirmation'] as const)
        await caller.advance('1', state);
      const live = await caller.untilStored(({ current_state }) => current_state === 'confirmation');
      await caller.call.hangUp();
      const { said, row } = await logged(this.#stores, caller.call.callSid);
      const asked = said.some((text) => text.includes('last four digits'));
      told.push({ asked: asked && live !== null, words: wordsIn([row, JSON.stringify(live)], PRIVATE) });
    }
    const words = told.flatMap((each) => each.words);
    const asked = told.filter((each) => each.asked).length;
    return {
      fault: `hear and book by caller ID alone, ${verdicts.length} values of StirVerstat`,
      required: 'asked for digits, no private word said or kept',
      seen: `${asked} of ${verdicts.length} asked, ${words.length} private words ${words.slice(0, 3).join(' ')}`,
      held: words.length === 0 && asked === verdicts.length,
    };
  }

  /** Right digits, then kill -9. Closes neither. */
  async #rightDigits(doomed: GatewayProcess, heir: GatewayProcess): Promise<DrillRow[]> {
    const twilio = twilioFor(doomed);
    const caller = new KeyedCaller(twilio, this.#redis, CUSTOMER, 'B');
    await caller.press('2');
    await caller.dial(RIGHT);
    const before = await caller.untilStored((session) => timesTold(session) === 1);
    twilio.routeTo(heir.url);
    this.#gateways.splice(this.#gateways.indexOf(doomed), 1);
    await doomed.kill();
    const resumed = await caller.untilStored(({ resumes }) => resumes === 1);
    const told = await caller.untilStored((session) => timesTold(session) === 2);
    await caller.call.hangUp();
    const { said, row } = await logged(this.#stores, caller.call.callSid);
    const asked = said.filter((text) => text.includes('last four digits')).length;
    const traces = [row, JSON.stringify(before), JSON.stringify(resumed)].filter((text) =>
      tracesOf(RIGHT, text),
    );
    return [
      {
        fault: 'the right digits, attestation B',
        required: 'the appointments are told',
        seen: `${before ? 'told' : 'not told'}, proved by ${before?.verified?.by ?? 'nothing'}`,
        held: before?.verified?.by === 'vin',
      },
      {
        fault: 'kill -9 of the gateway after that',
        required: 'told again by another gateway, without being asked again',
        seen: `proved by ${resumed?.verified?.by ?? 'nothing'} there, told ${told ? 'again' : 'not again'}, asked ${asked} times in all`,
        // The heir's transcript has the stream before, too, on which the digits were asked for once.
        held: resumed?.verified?.by === 'vin' && told !== null && asked === 1,
      },
      {
        fault: 'the digits keyed',
        required: 'in no session and no call log',
        seen: `${traces.length} of 3 texts name them`,
        held: traces.length === 0,
      },
    ];
  }

  /** Nine wrong ones on three calls at two gateways, by the customer's number and by a stranger's. */
  async #guesses(one: GatewayProcess, other: GatewayProcess): Promise<DrillRow[]> {
    const said: string[][] = [];
    let [keyed, verified] = [0, 0];
    for (const number of [CUSTOMER, STRANGER]) {
      const words: string[] = [];
      for (const gateway of [one, other, one]) {
        const caller = new KeyedCaller(twilioFor(gateway), this.#redis, number, null);
        await caller.press('2');
        for (const code of WRONG) await caller.dial(code);
        // Asked no more: the digits are keys of the menu now.
        await caller.press('2');
        await caller.call.hangUp();
        keyed += WRONG.length;
        const heard = (await logged(this.#stores, caller.call.callSid)).said;
        words.push(...heard);
      }
      // How much of an utterance was made before it was cut off is a matter of moments; the pause filler too.
      said.push(words.map(beginning).filter((text) => text !== beginning(ONE_MOMENT)));
    }
    const late = new KeyedCaller(twilioFor(other), this.#redis, CUSTOMER, null);
    await late.press('2');
    await late.dial(RIGHT);
    const session = await late.untilStored(({ vin_tries }) => vin_tries === 3);
    verified += session?.verified ? 1 : 0;
    await late.call.hangUp();
    const lateSaid = (await logged(this.#stores, late.call.callSid)).said.at(-1) ?? '';
    const refusedAfter = said[0]?.filter((text) => text === beginning(REFUSED)).length ?? 0;
    const same = JSON.stringify(said[0]) === JSON.stringify(said[1]);
    return [
      {
        fault: `${keyed} wrong codes, 3 a call`,
        required: 'refused after the third of each call, and not asked again',
        seen: `${refusedAfter} refusals on 3 calls of the customer's number`,
        held: refusedAfter === 6,
      },
      {
        fault: 'the same from a number of nobody',
        required: 'the same words',
        seen: same ? `the same ${said[0]?.length} utterances` : 'other words',
        held: same,
      },
      {
        fault: 'the right digits after 9 wrong ones on two gateways',
        required: 'refused for an hour, in the words of three wrong tries',
        seen: `${verified} verified, ${lateSaid.startsWith(REFUSED) ? 'refused' : 'other words'}`,
        held: session !== null && verified === 0 && lateSaid.startsWith(REFUSED),
      },
    ];
  }

  #logIsClean(): DrillRow {
    const words = wordsIn(this.#log, PRIVATE);
    const codes = [RIGHT, ...WRONG].filter((code) => tracesOf(code, this.#log));
    return {
      fault: `${Math.round(this.#log.length / 1000)} kB of logs at debug`,
      required: 'no private word, no digits keyed',
      seen: `${words.length} words, ${codes.length} codes`,
      held: this.#log.length > 10_000 && words.length === 0 && codes.length === 0,
    };
  }
}

function beginning(text: string): string {
  return text.slice(0, 20);
}

function timesTold({ conversation_history }: Session): number {
  return conversation_history.filter(({ content }) => TOLD.test(content)).length;
}

/** The code, or its keys one after the other. */
function tracesOf(code: string, text: string): boolean {
  const oneByOne = new RegExp([...code].map((digit) => `pressed ${digit}`).join('[^]*?'));
  return new RegExp(`(?<![0-9a-f.])${code}(?![0-9a-f])`).test(text) || oneByOne.test(text);
}

async function enrol(gatewayUrl: string): Promise<void> {
  const who = { first_name: 'Marialuisa', last_name: 'Alvarezquintero', phone_number: CUSTOMER };
  const { id } = await atFrontDesk(gatewayUrl, '/api/customers', who);
  const car = { make: 'Zaporozhets', model: 'P70', year: 1972, vin: 'WDB12HDDEN0007042' };
  const vehicle = await atFrontDesk(gatewayUrl, `/api/customers/${id}/vehicles`, car);
  const date = new Date(Date.now() + 5 * 86_400_000);
  date.setUTCMinutes(0, 0, 0);
  const visit = { service_type: 'tires', date: date.toISOString(), customer_id: id, vehicle_id: vehicle.id };
  await atFrontDesk(gatewayUrl, '/api/appointments', visit);
}
