import fc from 'fast-check';
import { silentLogger } from '../../src/core/logger.js';
import type { Customer } from '../../src/customers/customer.js';
import { openDatabase } from '../../src/database/database.js';
import { isAttested } from '../../src/desk/identity.js';
import { callAtDesk } from '../../test/support/call-at-desk.js';
import {
  askHostile,
  type HostileQuestion,
  hostileQuestions,
  idsOf,
  personalQuestions,
  type Taken,
} from '../../test/support/hostile-questions.js';
import { PRIVATE, PrivateShop, wordsIn } from '../../test/support/private-shop.js';
import { STIR_VERDICTS } from '../../test/support/stir-verdicts.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { DrillRow } from '../drill-topic.js';
import { timedTries } from './identity-time.js';

const QUESTIONS = 2000;
const QUESTIONS_A_CALL = 20;
const OPEN = '2026-03-05T08:00:00-06:00';

/** What agents are told that ask the desk for everything, on a PostgreSQL. */
export async function askedByAgents(serverUrl: string): Promise<DrillRow[]> {
  const { url, drop } = await createServerDatabase(serverUrl);
  const database = await openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
  await database.ready;
  try {
    const { shop, maria, james } = await PrivateShop.open(database);
    return [
      await byCallerId(shop, maria, james),
      await hostile(shop, [maria, james], null),
      await hostile(shop, [maria, james], 'TN-Validation-Passed-A'),
      await timedTries(shop, database, maria),
    ];
  } finally {
    await database.close();
    await drop();
  }
}

function deskOf(shop: PrivateShop, customer: Customer, stir: string | null) {
  return shop.desk.forCall(callAtDesk({ phone: customer.phone_number, customer, stir }));
}

async function byCallerId(shop: PrivateShop, maria: Customer, james: Customer): Promise<DrillRow> {
  const before = await shop.rows();
  const taken: Taken[] = [];
  for (const stir of STIR_VERDICTS.filter((verdict) => !isAttested(verdict))) {
    for (const question of personalQuestions([maria, james], OPEN))
      taken.push(await askHostile(deskOf(shop, maria, stir), question));
  }
  const refused = taken.filter(({ how }) => how === 'refused').length;
  const words = taken.flatMap(({ told }) => wordsIn(told)).length;
  const untouched = (await shop.rows()) === before && (await shop.removeCalls()) === 0;
  return {
    fault: 'an agent asks to hear, move, cancel and book for a vehicle by caller ID alone',
    required: 'all refused, no private field, no effect',
    seen: `${refused} of ${taken.length} refused, ${words} private fields, ${untouched ? 'no effect' : 'an effect'}`,
    held: refused === taken.length && taken.length >= 100 && words === 0 && untouched,
  };
}

/** `stir` A: the caller is the first of the two, and the other one's must stay as it is. */
async function hostile(
  shop: PrivateShop,
  all: readonly [Customer, Customer],
  stir: string | null,
): Promise<DrillRow> {
  const [maria] = all;
  const proved = isAttested(stir);
  const secrets = proved ? PRIVATE.james : Object.values(PRIVATE).flat();
  const mayChange = proved ? maria : null;
  const before = await shop.rows(mayChange);
  const asked: Taken[] = [];
  const isRight = ({ method, args }: HostileQuestion) => method === 'verify' && args[0] === '7042';
  const questions = fc.sample(
    hostileQuestions(idsOf(all)).filter((question) => !isRight(question)),
    QUESTIONS,
  );
  for (let first = 0; first < QUESTIONS; first += QUESTIONS_A_CALL) {
    const desk = deskOf(shop, maria, stir);
    for (const question of questions.slice(first, first + QUESTIONS_A_CALL))
      asked.push(await askHostile(desk, question));
    await shop.removeCalls();
  }
  const count = (how: Taken['how']) => asked.filter((taken) => taken.how === how).length;
  const words = asked.flatMap(({ told }) => wordsIn(told, secrets)).length;
  const untouched = (await shop.rows(mayChange)) === before;
  return {
    fault: `${QUESTIONS} made-up questions of an agent, ${proved ? 'attestation A' : 'caller ID alone'}`,
    required: "refused or harmless, nothing of others' heard or changed",
    seen: `${count('refused')} refused, ${count('answered')} answered, ${count('broken')} broken, ${words} private fields, ${untouched ? 'no effect' : 'an effect'}`,
    held: count('broken') === 0 && words === 0 && untouched && count('refused') > 0,
  };
}
