import { createMemoryStore, createRedisStore } from 'bayline';

// With REDIS_URL over Redis, else in this process: both behave alike.
const url = process.env.REDIS_URL;
const store = url ? createRedisStore({ url }) : createMemoryStore();
const callSid = 'CA00000000000000000000000000000001';

await store.setSession(callSid, { caller_phone: '+15125550100', tags: [] }, 600);
await store.updateSession(callSid, { current_state: 'booking' });
console.log('session:', JSON.stringify(await store.getSession(callSid)));
console.log(
  'update of a missing session:',
  await store.updateSession('CA9999', { current_state: 'booking' }),
);

await store.cacheCustomer('+15125550100', { id: 1, first_name: 'Maria' }, 60);
console.log('customer:', JSON.stringify(await store.getCachedCustomer('+15125550100')));
console.log('health:', (await store.checkHealth()).status);

await store.deleteSession(callSid);
console.log('after the delete:', await store.getSession(callSid));
await store.invalidateCustomerCache('+15125550100');
await store.close();
