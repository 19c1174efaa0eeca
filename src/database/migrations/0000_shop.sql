CREATE TABLE "appointments" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "appointments_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"service_type" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"bay" smallint NOT NULL,
	"status" text NOT NULL,
	"held_until" timestamp (3) with time zone,
	"customer_id" integer,
	"vehicle_id" integer,
	"caller_phone" text,
	"call_sid" text,
	"booking_key" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "appointments_hold_ends" CHECK (("appointments"."status" = 'held') = ("appointments"."held_until" is not null))
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "calls_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"call_sid" text NOT NULL,
	"caller_phone" text NOT NULL,
	"customer_id" integer,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone NOT NULL,
	"duration_ms" integer NOT NULL,
	"states" jsonb NOT NULL,
	"outcome" text NOT NULL,
	"interruptions" integer NOT NULL,
	"transcript" jsonb NOT NULL,
	"full_transcript" jsonb
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "customers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"phone_number" text NOT NULL,
	"first_name" text NOT NULL,
	"last_name" text NOT NULL,
	"email" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vehicles" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "vehicles_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"customer_id" integer NOT NULL,
	"make" text NOT NULL,
	"model" text NOT NULL,
	"year" smallint,
	"vin" text
);
--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_vehicle_id_vehicles_id_fk" FOREIGN KEY ("vehicle_id") REFERENCES "public"."vehicles"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vehicles" ADD CONSTRAINT "vehicles_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "appointments_booking_key_unique" ON "appointments" USING btree ("booking_key");--> statement-breakpoint
CREATE UNIQUE INDEX "appointments_one_hold_a_call" ON "appointments" USING btree ("call_sid") WHERE "appointments"."status" = 'held';--> statement-breakpoint
CREATE INDEX "appointments_starts_at" ON "appointments" USING btree ("starts_at");--> statement-breakpoint
CREATE INDEX "appointments_customer" ON "appointments" USING btree ("customer_id","starts_at");--> statement-breakpoint
CREATE UNIQUE INDEX "calls_call_sid_unique" ON "calls" USING btree ("call_sid");--> statement-breakpoint
CREATE INDEX "calls_started_at" ON "calls" USING btree ("started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "customers_phone_number_unique" ON "customers" USING btree ("phone_number");--> statement-breakpoint
CREATE INDEX "vehicles_customer" ON "vehicles" USING btree ("customer_id");