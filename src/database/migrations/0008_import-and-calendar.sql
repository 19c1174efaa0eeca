CREATE TABLE "public"."customer_import_rows" (
	"import_id" integer NOT NULL,
	"place" integer NOT NULL,
	"customer" jsonb NOT NULL,
	CONSTRAINT "customer_import_rows_import_id_place_pk" PRIMARY KEY("import_id","place")
);
--> statement-breakpoint
CREATE TABLE "public"."customer_imports" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "public"."customer_imports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"status" text NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customer_imports_status" CHECK ("public"."customer_imports"."status" in ('read', 'accepted'))
);
--> statement-breakpoint
ALTER TABLE "public"."appointments" ADD COLUMN "revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "public"."appointments" ADD COLUMN "changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "public"."customer_import_rows" ADD CONSTRAINT "customer_import_rows_import_id_customer_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."customer_imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- What calendar programs are told: written by the database, so that no writer forgets it, an older gateway neither.
CREATE FUNCTION "public"."appointments_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW."revision" := OLD."revision" + 1;
	NEW."changed_at" := now();
	RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "appointments_changed" BEFORE UPDATE ON "public"."appointments" FOR EACH ROW EXECUTE FUNCTION "public"."appointments_changed"();
