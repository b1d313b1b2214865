from django.db import migrations

GUARD = """
CREATE FUNCTION signed_record_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.signed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a signed record is final: add an amendment' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_record_is_final BEFORE UPDATE OR DELETE ON treatments_sessionrecord
    FOR EACH ROW EXECUTE FUNCTION signed_record_is_final();

CREATE FUNCTION needles_of_a_signed_record_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE the_record bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN the_record := NEW.record_id; ELSE the_record := OLD.record_id; END IF;
    IF EXISTS (SELECT 1 FROM treatments_sessionrecord WHERE id = the_record AND signed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a signed record is final: add an amendment' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER needles_of_a_signed_record_are_final BEFORE INSERT OR UPDATE OR DELETE ON treatments_needling
    FOR EACH ROW EXECUTE FUNCTION needles_of_a_signed_record_are_final();
"""
UNGUARD = """
DROP TRIGGER needles_of_a_signed_record_are_final ON treatments_needling;
DROP FUNCTION needles_of_a_signed_record_are_final();
DROP TRIGGER signed_record_is_final ON treatments_sessionrecord;
DROP FUNCTION signed_record_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("treatments", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
