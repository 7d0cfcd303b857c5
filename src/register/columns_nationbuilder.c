/* NationBuilder: the people export, custom exports and the columns of its membership import. */
#include "columns_known.h"

#include <string.h>

static const struct known rows[] = {
    COLUMN_KEYED("nationbuilder_id", "nationbuilder_id"),
    COLUMN_OWN("twitter_id", CONTACT, TEXT),
    COLUMN_OWN("twitter_login", CONTACT, TEXT),
    COLUMN_OWN("facebook_username", CONTACT, TEXT),
    COLUMN_OWN("meetup_id", CONTACT, TEXT),
    COLUMN_KEYED("civicrm_id", "civicrm_id"),
    COLUMN_KEYED("external_id", "external_identifier"),
    COLUMN_KEYED("salesforce_id", "salesforce_id"),
    COLUMN_AS("prefix", "name_prefix"),
    COLUMN_AS("first_name", "first_name"),
    COLUMN_AS("middle_name", "middle_name"),
    COLUMN_AS("last_name", "last_name"),
    COLUMN_AS("suffix", "name_suffix"),
    COLUMN_AS("full_name", "display_name"),
    COLUMN_OWN("legal_name", IDENTITY, TEXT),
    COLUMN_AS("employer", "employer"),
    COLUMN_AS("occupation", "job_title"),
    COLUMN_AS("sex", "gender"),
    COLUMN_AS("gender", "gender"),
    COLUMN_OWN("age", IDENTITY, NUMBER),
    COLUMN_AS("party", "party"),
    COLUMN_AS("religion", "religion"),
    COLUMN_OWN("church", SPECIAL, TEXT),
    COLUMN_AS("ethnicity", "ethnicity"),
    COLUMN_OWN("marital_status", SPECIAL, TEXT),
    COLUMN_OWN("website", CONTACT, TEXT),
    COLUMN_AS("language", "language"),
    COLUMN_DEAD("is_deceased", DECEASED, YES_NO),
    COLUMN_AS("born_at", "birth_date"),
    COLUMN_AS("email", "email"),
    COLUMN_AS("email1", "email"),
    COLUMN_AS("email2", "email"),
    COLUMN_AS("email3", "email"),
    COLUMN_AS("email4", "email"),
    COLUMN_FLAG("email1_is_bad", EMAIL_FAILS, YES_NO),
    COLUMN_OWN("email2_is_bad", CONTACT, YES_NO),
    COLUMN_OWN("email3_is_bad", CONTACT, YES_NO),
    COLUMN_OWN("email4_is_bad", CONTACT, YES_NO),
    COLUMN_AGREE("email_opt_in", PURPOSE_NEWSLETTER),
    COLUMN_AS("phone_number", "phone"),
    COLUMN_OWN("work_phone_number", CONTACT, PHONE),
    COLUMN_FLAG("do_not_call", NO_PHONE, YES_NO),
    COLUMN_STOP("do_not_contact", YES_NO),
    COLUMN_FLAG("federal_donotcall", NO_PHONE, YES_NO),
    COLUMN_AS("mobile_number", "mobile_phone"),
    COLUMN_OWN("mobile_opt_in", ACTIVITY, YES_NO),
    COLUMN_OWN("is_mobile_bad", CONTACT, YES_NO),
    COLUMN_OWN("fax_number", CONTACT, PHONE),
    COLUMN_KEY("demo", "demographic", SPECIAL, TEXT),
    COLUMN_OWN("support_level", SPECIAL, TEXT),
    COLUMN_OWN("inferred_support_level", SPECIAL, TEXT),
    COLUMN_OWN("priority_level", SPECIAL, TEXT),
    COLUMN_OWN("availability", ACTIVITY, TEXT),
    COLUMN_AS("note", "note"),
    COLUMN_OWN("parent_id", OTHER, TEXT),
    COLUMN_OWN("point_person_name_or_email", OTHER, TEXT),
    COLUMN_OWN("recruiter_id", OTHER, TEXT),
    COLUMN_OWN("recruiter_name_or_email", OTHER, TEXT),
    COLUMN_AS("tag_list", "tags"),
    COLUMN_OWN("created_at", ACTIVITY, DATE),
    COLUMN_STOP("unsubscribed_at", NOT_EMPTY),
    COLUMN_OWN("is_supporter", SPECIAL, YES_NO),
    COLUMN_OWN("is_prospect", ACTIVITY, YES_NO),
    COLUMN_OWN("signup_type", OTHER, TEXT),
    COLUMN_OWN("is_volunteer", ACTIVITY, YES_NO),
    COLUMN_OWN("is_donor", FINANCIAL, YES_NO),
    COLUMN_OWN("is_fundraiser", ACTIVITY, YES_NO),
    COLUMN_OWN("is_ignore_donation_limits", FINANCIAL, YES_NO),
    COLUMN_OWN("first_donated_at", FINANCIAL, DATE),
    COLUMN_OWN("last_donated_at", FINANCIAL, DATE),
    COLUMN_OWN("donations_count", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_amount", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_amount_in_cents", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_raised_count", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_raised_amount", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_raised_amount_in_cents", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_pledged_amount", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_pledged_amount_in_cents", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_count_this_cycle", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_amount_this_cycle", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_amount_this_cycle_in_cents", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_raised_count_this_cycle", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_raised_amount_this_cycle", FINANCIAL, NUMBER),
    COLUMN_OWN("donations_raised_amount_this_cycle_in_cents", FINANCIAL, NUMBER),
    COLUMN_OWN("maximum_donation_possible_this_cycle", FINANCIAL, NUMBER),
    COLUMN_OWN("maximum_donation_possible_this_cycle_in_cents", FINANCIAL, NUMBER),
    COLUMN_IS("membership_names", MEMBERSHIP_TYPE),
    COLUMN_IS("membership_level_name", MEMBERSHIP_TYPE),
    COLUMN_IS("membership_started_at", PERIOD_START),
    COLUMN_IS("membership_expires_at", PERIOD_END),
    COLUMN_KEYED("nbec_guid", "nbec_guid"),
    COLUMN_KEYED("pf_strat_id", "pf_strat_id"),
    COLUMN_KEYED("state_file_id", "state_file_id"),
    COLUMN_KEYED("county_file_id", "county_file_id"),
    COLUMN_KEYED("dw_id", "dw_id"),
    COLUMN_KEYED("van_id", "van_id"),
    COLUMN_KEYED("ngp_id", "ngp_id"),
    COLUMN_KEYED("rnc_id", "rnc_id"),
    COLUMN_KEYED("rnc_regid", "rnc_regid"),
    COLUMN_KEYED("datatrust_id", "datatrust_id"),
    COLUMN_OWN("previous_party", SPECIAL, TEXT),
    COLUMN_OWN("inferred_party", SPECIAL, TEXT),
    COLUMN_OWN("party_member", SPECIAL, YES_NO),
    COLUMN_OWN("supranational_district", CONTACT, TEXT),
    COLUMN_OWN("federal_district", CONTACT, TEXT),
    COLUMN_OWN("state_upper_district", CONTACT, TEXT),
    COLUMN_OWN("state_lower_district", CONTACT, TEXT),
    COLUMN_OWN("county_district", CONTACT, TEXT),
    COLUMN_OWN("city_district", CONTACT, TEXT),
    COLUMN_OWN("city_sub_district", CONTACT, TEXT),
    COLUMN_OWN("village_district", CONTACT, TEXT),
    COLUMN_OWN("judicial_district", CONTACT, TEXT),
    COLUMN_OWN("school_district", CONTACT, TEXT),
    COLUMN_OWN("school_sub_district", CONTACT, TEXT),
    COLUMN_OWN("fire_district", CONTACT, TEXT),
    COLUMN_OWN("precinct_name", CONTACT, TEXT),
    COLUMN_OWN("precinct_code", CONTACT, TEXT),
    COLUMN_OWN("media_market_name", CONTACT, TEXT),
    COLUMN_OWN("support_probability_score", SPECIAL, NUMBER),
    COLUMN_OWN("turnout_probability_score", SPECIAL, NUMBER),
    COLUMN_OWN("capital_amount", ACTIVITY, NUMBER),
    COLUMN_OWN("capital_amount_in_cents", ACTIVITY, NUMBER),
    COLUMN_OWN("spent_capital_amount", ACTIVITY, NUMBER),
    COLUMN_OWN("spent_capital_amount_in_cents", ACTIVITY, NUMBER),
    COLUMN_OWN("received_capital_amount", ACTIVITY, NUMBER),
    COLUMN_OWN("received_capital_amount_in_cents", ACTIVITY, NUMBER),
    COLUMN_OWN("zip_royal_mail", CONTACT, POSTCODE),
};

static const char *const signs[] = {
    "nationbuilder_id",
    "nbec_guid",
    "primary_address1",
    "primary_zip",
    "signup_type",
    "tag_list",
    "born_at",
    "is_ignore_donation_limits",
    "recruiter_name_or_email",
    "membership_level_name",
    "do_not_contact",
};

/* The parts of each of the six address blocks; `main` is the field of the primary one. */
static const struct part {
    const char *name, *main;
    enum field_type type;
} parts[] = {
    {"country_code", NULL, TYPE_COUNTRY},
    {"country", "country", TYPE_COUNTRY},
    {"state", "state", TYPE_TEXT},
    {"city", "city", TYPE_TEXT},
    {"county", "county", TYPE_TEXT},
    {"zip", "postal_code", TYPE_POSTCODE},
    {"address1", "street_address", TYPE_TEXT},
    {"address2", "supplemental_address", TYPE_TEXT},
    {"address3", NULL, TYPE_TEXT},
    {"fips", NULL, TYPE_TEXT},
    {"submitted_address", NULL, TYPE_TEXT},
    {"geocode_accuracy", NULL, TYPE_TEXT},
    {"street_number", NULL, TYPE_TEXT},
    {"street_prefix", NULL, TYPE_TEXT},
    {"street_name", NULL, TYPE_TEXT},
    {"street_type", NULL, TYPE_TEXT},
    {"street_suffix", NULL, TYPE_TEXT},
    {"unit_number", NULL, TYPE_TEXT},
    {"zip5", NULL, TYPE_POSTCODE},
    {"zip4", NULL, TYPE_TEXT},
    {"sort_sequence", NULL, TYPE_TEXT},
    {"delivery_point", NULL, TYPE_TEXT},
    {"lot", NULL, TYPE_TEXT},
    {"carrier_route", NULL, TYPE_TEXT},
};

static bool by_block(struct view name, struct known *ret)
{
    static const char *const blocks[] = {"primary_", "address_", "work_", "mailing_", "user_submitted_", "registered_"};
    for (size_t i = 0; i < COLUMNS_COUNT(blocks); i++) {
        size_t len = strlen(blocks[i]);
        if (name.len <= len || memcmp(name.p, blocks[i], len) != 0)
            continue;
        struct view rest = {name.p + len, name.len - len};
        for (size_t k = 0; k < COLUMNS_COUNT(parts); k++) {
            if (!view_equal(rest, view_text(parts[k].name)))
                continue;
            bool is_main = i == 0 && parts[k].main;
            *ret = (struct known){.role = COLUMN_FIELD,
                                  .key = is_main ? parts[k].main : NULL,
                                  .category = is_main ? CATEGORY_NONE : CATEGORY_CONTACT,
                                  .type = parts[k].type};
            return true;
        }
    }
    return false;
}

const struct system_columns *columns_nationbuilder(void)
{
    static const struct system_columns s = {SYSTEM_NATIONBUILDER, rows,    COLUMNS_COUNT(rows), signs,
                                            COLUMNS_COUNT(signs), by_block};
    return &s;
}
