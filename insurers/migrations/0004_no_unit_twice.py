from django.db import migrations

GUARD = """
CREATE FUNCTION no_unit_is_given_twice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    approval bigint;
    granted integer;
    taken integer;
BEGIN
    IF TG_TABLE_NAME = 'insurers_cover' THEN
        approval := NEW.authorisation_id;
    ELSE
        approval := NEW.id;
    END IF;
    SELECT units INTO granted FROM insurers_authorisation WHERE id = approval FOR NO KEY UPDATE;
    SELECT count(*) INTO taken FROM insurers_cover WHERE authorisation_id = approval AND state IN ('reserved', 'consumed');
    IF taken > coalesce(granted, 0) THEN
        RAISE EXCEPTION 'more sessions taken than approved' USING ERRCODE = 'check_violation', CONSTRAINT = 'no_unit_is_given_twice';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER no_unit_is_given_twice AFTER INSERT OR UPDATE OF authorisation_id, state ON insurers_cover
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state IN ('reserved', 'consumed'))
    EXECUTE FUNCTION no_unit_is_given_twice();
CREATE CONSTRAINT TRIGGER no_unit_is_taken_back AFTER UPDATE OF units ON insurers_authorisation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.units IS DISTINCT FROM NEW.units)
    EXECUTE FUNCTION no_unit_is_given_twice();
"""
UNGUARD = """
DROP TRIGGER no_unit_is_taken_back ON insurers_authorisation;
DROP TRIGGER no_unit_is_given_twice ON insurers_cover;
DROP FUNCTION no_unit_is_given_twice();
"""


class Migration(migrations.Migration):
    """Reserved and used sessions of an approval are never more than were approved, whoever writes them."""

    dependencies = [("insurers", "0003_directory_policies_and_approvals")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
