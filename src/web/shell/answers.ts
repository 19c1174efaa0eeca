// What the page reads of the API's answers; docs/http-api.md has them whole.

export interface Service {
  readonly type: string;
  readonly name: string;
  readonly minutes: number;
}

export interface ShopSettings {
  readonly name: string;
  readonly timezone: string;
  readonly bays: number;
  readonly slot_minutes: number;
  readonly transfer_number: string | null;
  readonly answering: Answering;
  readonly services: readonly Service[];
  /** Names of the settings that the environment gives. */
  readonly locked: readonly string[];
}

export type Answering = 'agent' | 'forward' | 'closed';

export interface Turn {
  readonly role: string;
  readonly content: string;
  readonly timestamp: string;
  readonly interrupted?: true;
}

export interface PassedState {
  readonly name: string;
  readonly time: string;
}

/** A live call. */
export interface LiveCall {
  readonly call_sid: string;
  readonly caller_phone: string;
  readonly customer_id: number | null;
  readonly conversation_history: readonly Turn[];
  readonly current_state: string;
  readonly states: readonly PassedState[];
  readonly collected_data: Readonly<Record<string, unknown>>;
  readonly intent: string | null;
  readonly speaking: boolean;
  readonly created_at: string;
  readonly test?: true;
  /** Staff have taken it over or ended it, or its time was over. */
  readonly intervention?: { readonly kind: 'transfer' | 'end' | 'time_limit'; readonly by: string | null };
}

export interface Delays {
  readonly count: number;
  readonly median: number;
  readonly max: number;
}

export interface Latency {
  readonly greeting_ms: number | null;
  readonly response_ms: Delays | null;
  readonly interruption_ms: Delays | null;
  readonly mark_lag_ms: Delays | null;
  readonly model_ms: Delays | null;
}

export interface FinishedCall {
  readonly call_sid: string;
  readonly caller_phone: string;
  readonly customer_id: number | null;
  readonly started_at: string;
  readonly ended_at: string;
  readonly duration_ms: number;
  readonly states: readonly PassedState[];
  readonly outcome: string;
  readonly interruptions: number;
  readonly transcript: readonly Turn[];
  readonly full_transcript: readonly Turn[] | null;
  readonly latency: Latency | null;
  readonly agent: string | null;
  readonly intent: string | null;
  readonly summary: string | null;
  readonly after_hours: boolean;
  readonly test: boolean;
  readonly dial_status: string | null;
}

export interface CallBack {
  readonly id: number;
  readonly call_sid: string;
  readonly caller_phone: string;
  readonly customer_id: number | null;
  readonly reason: string;
  readonly urgent: boolean;
  readonly summary: string;
  readonly created_at: string;
  readonly status: 'open' | 'done';
  readonly note: string | null;
}

export interface Waited {
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface CallFigures {
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  readonly by_day: readonly { readonly day: string; readonly calls: number }[];
  readonly by_hour: readonly { readonly hour: number; readonly calls: number }[];
  readonly duration_ms: {
    readonly mean: number | null;
    readonly median: number | null;
    readonly p90: number | null;
  };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly booked_share: number | null;
  readonly transitions: readonly { readonly from: string; readonly to: string; readonly count: number }[];
  readonly drop_off: readonly {
    readonly state: string;
    readonly reached: number;
    readonly calls: number;
    readonly share: number;
  }[];
  readonly after_hours_share: number | null;
  readonly interruptions: { readonly total: number; readonly per_call: number | null };
  readonly transfers: { readonly asked: number; readonly answered: number };
  readonly latency: Readonly<Record<string, Waited>>;
  readonly by_agent: readonly {
    readonly agent: string | null;
    readonly calls: number;
    readonly booked_share: number | null;
  }[];
}

/** How the gateway that answered gets on with Redis. */
export interface RedisFigures {
  readonly redis: 'up' | 'down' | 'not configured';
  readonly latency_ms: number | null;
  readonly error: string | null;
  readonly memory_bytes: number | null;
  readonly memory_limit_bytes: number | null;
  readonly caches: readonly { readonly cache: string; readonly hits: number; readonly misses: number }[];
  readonly slow_operations: readonly { readonly operation: string; readonly count: number }[];
}
