CREATE TABLE "public"."calendar_address" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"secret" text NOT NULL,
	"names" boolean NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calendar_address_one_row" CHECK ("public"."calendar_address"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "public"."callbacks" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "public"."callbacks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"call_sid" text NOT NULL,
	"caller_phone" text NOT NULL,
	"customer_id" integer,
	"reason" text NOT NULL,
	"urgent" boolean DEFAULT false NOT NULL,
	"summary" text DEFAULT '' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"note" text,
	"done_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "public"."closures" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "public"."closures_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"from_day" date NOT NULL,
	"to_day" date NOT NULL,
	"bay" smallint,
	"hours" text,
	"reason" text,
	CONSTRAINT "closures_in_order" CHECK ("public"."closures"."from_day" <= "public"."closures"."to_day")
);
--> statement-breakpoint
CREATE TABLE "public"."shop_settings" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"revision" integer NOT NULL,
	"settings" jsonb NOT NULL,
	"retired" jsonb NOT NULL,
	CONSTRAINT "shop_settings_one_row" CHECK ("public"."shop_settings"."id" = 1)
);
--> statement-breakpoint
ALTER TABLE "public"."appointments" ADD COLUMN "free_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "public"."appointments" ADD COLUMN "confirmed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "public"."appointments" ADD COLUMN "notes" text;--> statement-breakpoint
ALTER TABLE "public"."calls" ADD COLUMN "intent" text;--> statement-breakpoint
ALTER TABLE "public"."calls" ADD COLUMN "summary" text;--> statement-breakpoint
ALTER TABLE "public"."calls" ADD COLUMN "path" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "public"."calls" ADD COLUMN "after_hours" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "public"."calls" ADD COLUMN "test" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "public"."calls" ADD COLUMN "dial_status" text;--> statement-breakpoint
ALTER TABLE "public"."customers" ADD COLUMN "notes" text;--> statement-breakpoint
ALTER TABLE "public"."vehicles" ADD COLUMN "plate" text;--> statement-breakpoint
CREATE UNIQUE INDEX "callbacks_call_sid_unique" ON "public"."callbacks" USING btree ("call_sid");--> statement-breakpoint
CREATE INDEX "callbacks_open" ON "public"."callbacks" USING btree ("urgent","created_at") WHERE "public"."callbacks"."status" = 'open';--> statement-breakpoint
CREATE INDEX "callbacks_caller_phone" ON "public"."callbacks" USING btree ("caller_phone");--> statement-breakpoint
CREATE INDEX "closures_to_day" ON "public"."closures" USING btree ("to_day");--> statement-breakpoint
CREATE INDEX "calls_caller_phone" ON "public"."calls" USING btree ("caller_phone","started_at");--> statement-breakpoint
CREATE INDEX "calls_customer" ON "public"."calls" USING btree ("customer_id");--> statement-breakpoint
-- A car that has come keeps its bay, and a service may ask for time after it. What an older gateway writes has no free_at.
ALTER TABLE "public"."appointments" DROP CONSTRAINT "appointments_bay_free";--> statement-breakpoint
ALTER TABLE "public"."appointments" ADD CONSTRAINT "appointments_bay_free" EXCLUDE USING gist (
	int4range("bay"::integer, "bay"::integer, '[]') WITH &&,
	tstzrange("starts_at", coalesce("free_at", "ends_at")) WITH &&
) WHERE ("status" IN ('held', 'booked', 'arrived', 'in_progress', 'waiting_for_parts', 'ready'));--> statement-breakpoint
UPDATE "public"."calls" SET "path" = coalesce((SELECT string_agg(state ->> 'name', '>' ORDER BY place) FROM jsonb_array_elements("states") WITH ORDINALITY AS passed (state, place)), '');
