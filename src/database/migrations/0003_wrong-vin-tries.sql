CREATE TABLE "wrong_vin_tries" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "wrong_vin_tries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"phone_number" text NOT NULL,
	"tried_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "wrong_vin_tries_number" ON "wrong_vin_tries" USING btree ("phone_number","tried_at");--> statement-breakpoint
CREATE INDEX "wrong_vin_tries_tried_at" ON "wrong_vin_tries" USING btree ("tried_at");