/* CiviCRM: contacts, memberships and contributions; labels and raw SQL names
 * (tests/phpunit/CRM/Export/BAO/ExportTest.php). */
#include "columns_known.h"

#include <string.h>

#include "foldname.h"

static const struct known rows[] = {
    COLUMN_KEYED("Contact ID", "contact_id"),
    COLUMN_FLAG("Contact Type", NOT_A_PERSON, NOT_INDIVIDUAL),
    COLUMN_OWN("Contact Subtype", OTHER, TEXT),
    COLUMN_FLAG("Do Not Email", NO_EMAIL, YES_NO),
    COLUMN_FLAG("Do Not Phone", NO_PHONE, YES_NO),
    COLUMN_FLAG("Do Not Mail", NO_POST, YES_NO),
    COLUMN_FLAG("Do Not Sms", NO_SMS, YES_NO),
    COLUMN_FLAG("Do Not Trade", NO_SHARING, YES_NO),
    COLUMN_STOP("No Bulk Emails (User Opt Out)", YES_NO),
    COLUMN_OWN("Legal Identifier", IDENTITY, TEXT),
    COLUMN_KEYED("External Identifier", "external_identifier"),
    COLUMN_OWN("Sort Name", IDENTITY, TEXT),
    COLUMN_AS("Display Name", "display_name"),
    COLUMN_OWN("Nickname", IDENTITY, TEXT),
    COLUMN_OWN("Legal Name", IDENTITY, TEXT),
    COLUMN_OWN("Image Url", OTHER, TEXT),
    COLUMN_OWN("Preferred Communication Method", CONTACT, TEXT),
    COLUMN_AS("Preferred Language", "language"),
    COLUMN_OWN("Preferred Mail Format", CONTACT, TEXT),
    COLUMN_OWN("Contact Hash", OTHER, TEXT),
    COLUMN_OWN("Contact Source", ACTIVITY, TEXT),
    COLUMN_AS("First Name", "first_name"),
    COLUMN_AS("Middle Name", "middle_name"),
    COLUMN_AS("Last Name", "last_name"),
    COLUMN_AS("Individual Prefix", "name_prefix"),
    COLUMN_AS("Individual Suffix", "name_suffix"),
    COLUMN_OWN("Formal Title", IDENTITY, TEXT),
    COLUMN_NOTHING("Communication Style"),
    COLUMN_NOTHING("Email Greeting ID"),
    COLUMN_NOTHING("Postal Greeting ID"),
    COLUMN_NOTHING("Addressee ID"),
    COLUMN_AS("Job Title", "job_title"),
    COLUMN_AS("Gender", "gender"),
    COLUMN_AS("Birth Date", "birth_date"),
    COLUMN_DEAD("Deceased", DECEASED, YES_NO),
    COLUMN_DEAD("Deceased Date", DECEASED_ON, NOT_EMPTY),
    COLUMN_OWN("Household Name", OTHER, TEXT),
    COLUMN_OWN("Organization Name", OTHER, TEXT),
    COLUMN_OWN("Sic Code", OTHER, TEXT),
    COLUMN_KEY("Unique ID (OpenID)", "unique_openid", IDENTITY, TEXT),
    COLUMN_KEY("Current Employer ID", "employer_id", OTHER, TEXT),
    COLUMN_FLAG("Contact is in Trash", IN_TRASH, YES_NO),
    COLUMN_OWN("Created Date", ACTIVITY, DATE),
    COLUMN_OWN("Modified Date", ACTIVITY, DATE),
    COLUMN_OWN("Addressee", IDENTITY, TEXT),
    COLUMN_OWN("Email Greeting", IDENTITY, TEXT),
    COLUMN_OWN("Postal Greeting", IDENTITY, TEXT),
    COLUMN_AS("Current Employer", "employer"),
    COLUMN_OWN("Location Type", CONTACT, TEXT),
    COLUMN_AS("Street Address", "street_address"),
    COLUMN_OWN("Street Number", CONTACT, TEXT),
    COLUMN_OWN("Street Number Suffix", CONTACT, TEXT),
    COLUMN_OWN("Street Name", CONTACT, TEXT),
    COLUMN_OWN("Street Unit", CONTACT, TEXT),
    COLUMN_AS("Supplemental Address 1", "supplemental_address"),
    COLUMN_OWN("Supplemental Address 2", CONTACT, TEXT),
    COLUMN_OWN("Supplemental Address 3", CONTACT, TEXT),
    COLUMN_AS("City", "city"),
    COLUMN_OWN("Postal Code Suffix", CONTACT, TEXT),
    COLUMN_AS("Postal Code", "postal_code"),
    COLUMN_OWN("Latitude", CONTACT, NUMBER),
    COLUMN_OWN("Longitude", CONTACT, NUMBER),
    COLUMN_OWN("Address Name", CONTACT, TEXT),
    COLUMN_OWN("Master Address Belongs To", CONTACT, TEXT),
    COLUMN_AS("County", "county"),
    COLUMN_AS("State", "state"),
    COLUMN_AS("Country", "country"),
    COLUMN_AS("Phone", "phone"),
    COLUMN_OWN("Phone Extension", CONTACT, TEXT),
    COLUMN_OWN("Phone Type", CONTACT, TEXT),
    COLUMN_AS("Email", "email"),
    COLUMN_FLAG("On Hold", EMAIL_FAILS, YES_NO),
    COLUMN_OWN("Use for Bulk Mail", CONTACT, YES_NO),
    COLUMN_OWN("Signature Text", OTHER, TEXT),
    COLUMN_OWN("Signature Html", OTHER, TEXT),
    COLUMN_OWN("IM Provider", CONTACT, TEXT),
    COLUMN_OWN("IM Screen Name", CONTACT, TEXT),
    COLUMN_KEY("OpenID", "openid", CONTACT, TEXT),
    COLUMN_OWN("World Region", CONTACT, TEXT),
    COLUMN_OWN("Website", CONTACT, TEXT),
    COLUMN_KEY("Group(s)", "groups", OTHER, TAGS),
    COLUMN_AS("Tag(s)", "tags"),
    COLUMN_AS("Note(s)", "note"),
    /* Memberships. */
    COLUMN_IS("Membership Type", MEMBERSHIP_TYPE),
    COLUMN_FLAG("Test", TEST, YES_NO),
    COLUMN_OWN("Is Pay Later", FINANCIAL, YES_NO),
    COLUMN_IS("Member Since", MEMBER_SINCE),
    COLUMN_IS("Membership Start Date", PERIOD_START),
    COLUMN_IS("Membership Expiration Date", PERIOD_END),
    COLUMN_KEY("Source", "membership_source", MEMBERSHIP, TEXT),
    COLUMN_IS("Membership Status", STATUS),
    COLUMN_NOTHING("Membership ID"),
    COLUMN_KEY("Primary Member ID", "primary_member_id", MEMBERSHIP, TEXT),
    COLUMN_NOTHING("max_related"),
    COLUMN_NOTHING("membership_recur_id"),
    COLUMN_NOTHING("Campaign ID"),
    COLUMN_NOTHING("member_is_override"),
    COLUMN_OWN("member_auto_renew", MEMBERSHIP, YES_NO),
    /* Contributions. */
    COLUMN_OWN("Financial Type", FINANCIAL, TEXT),
    COLUMN_OWN("Contribution Source", FINANCIAL, TEXT),
    COLUMN_AS("Date Received", "payment_date"),
    COLUMN_KEY("Thank-you Date", "thank_you_date", ACTIVITY, DATE),
    COLUMN_KEY("Cancel Date", "payment_cancel_date", FINANCIAL, DATE),
    COLUMN_AS("Total Amount", "payment_amount"),
    COLUMN_AS("Payment Method", "payment_method"),
    COLUMN_AS("Payment Instrument", "payment_method"),
    COLUMN_OWN("Non-deductible Amount", FINANCIAL, NUMBER),
    COLUMN_OWN("Fee Amount", FINANCIAL, NUMBER),
    COLUMN_OWN("Net Amount", FINANCIAL, NUMBER),
    COLUMN_KEY("Transaction ID", "transaction_id", FINANCIAL, TEXT),
    COLUMN_OWN("Invoice Number", FINANCIAL, TEXT),
    COLUMN_OWN("Currency", FINANCIAL, TEXT),
    COLUMN_OWN("Receipt Date", FINANCIAL, DATE),
    COLUMN_OWN("Contribution Status", FINANCIAL, TEXT),
    COLUMN_NOTHING("Contribution ID"),
    COLUMN_NOTHING("Contribution Page ID"),
    /* Raw names, where they aren't the labels in small letters. */
    COLUMN_KEYED("civicrm_primary_id", "contact_id"),
    COLUMN_KEY("contact_sub_type", "contact_subtype", OTHER, TEXT),
    COLUMN_STOP("is_opt_out", YES_NO),
    COLUMN_KEY("nick_name", "nickname", IDENTITY, TEXT),
    COLUMN_OWN("image_URL", OTHER, TEXT),
    COLUMN_KEY("hash", "contact_hash", OTHER, TEXT),
    COLUMN_AS("prefix_id", "name_prefix"),
    COLUMN_AS("suffix_id", "name_suffix"),
    COLUMN_NOTHING("communication_style_id"),
    COLUMN_AS("gender_id", "gender"),
    COLUMN_DEAD("is_deceased", DECEASED, YES_NO),
    COLUMN_KEY("user_unique_id", "unique_openid", IDENTITY, TEXT),
    COLUMN_FLAG("contact_is_deleted", IN_TRASH, YES_NO),
    COLUMN_KEY("geo_code_1", "latitude", CONTACT, NUMBER),
    COLUMN_KEY("geo_code_2", "longitude", CONTACT, NUMBER),
    COLUMN_KEY("master_id", "master_address_belongs_to", CONTACT, TEXT),
    COLUMN_AS("state_province", "state"),
    COLUMN_KEY("phone_ext", "phone_extension", CONTACT, TEXT),
    COLUMN_KEY("phone_type_id", "phone_type", CONTACT, TEXT),
    COLUMN_KEY("is_bulkmail", "use_for_bulk_mail", CONTACT, YES_NO),
    COLUMN_KEY("im", "im_screen_name", CONTACT, TEXT),
    COLUMN_KEY("url", "website", CONTACT, TEXT),
    COLUMN_KEY("groups", "groups", OTHER, TAGS),
    COLUMN_AS("tags", "tags"),
    COLUMN_AS("notes", "note"),
    COLUMN_FLAG("member_is_test", TEST, YES_NO),
    COLUMN_KEY("member_is_pay_later", "is_pay_later", FINANCIAL, YES_NO),
    COLUMN_IS("join_date", MEMBER_SINCE),
    COLUMN_IS("membership_end_date", PERIOD_END),
    COLUMN_KEY("membership_source", "membership_source", MEMBERSHIP, TEXT),
    COLUMN_KEY("owner_membership_id", "primary_member_id", MEMBERSHIP, TEXT),
    COLUMN_NOTHING("member_campaign_id"),
    COLUMN_AS("receive_date", "payment_date"),
    COLUMN_KEY("thankyou_date", "thank_you_date", ACTIVITY, DATE),
    COLUMN_KEY("contribution_cancel_date", "payment_cancel_date", FINANCIAL, DATE),
    COLUMN_KEY("trxn_id", "transaction_id", FINANCIAL, TEXT),
};

static const char *const signs[] = {
    "Contact ID",
    "Contact Type",
    "Contact Subtype",
    "No Bulk Emails (User Opt Out)",
    "Sort Name",
    "Individual Prefix",
    "Contact is in Trash",
    "Membership Expiration Date",
    "Master Address Belongs To",
    "civicrm_primary_id",
    "contact_sub_type",
    "owner_membership_id",
    "member_is_pay_later",
    "contact_is_deleted",
    "is_opt_out",
};

/* "Home-Street Address": the address of a chosen location type.  Such an address is a field of its own, but e-mail
 * addresses and telephone numbers are further values of theirs. */
static bool by_location(struct view name, struct known *ret)
{
    static const char *const locations[] = {"Home-", "Work-", "Main-", "Other-", "Billing-"};
    for (size_t i = 0; i < COLUMNS_COUNT(locations); i++) {
        size_t len = strlen(locations[i]);
        if (name.len <= len || memcmp(name.p, locations[i], len) != 0)
            continue;
        struct view rest = {name.p + len, name.len - len};
        if (rest.len > 6 && memcmp(rest.p, "Phone-", 6) == 0)
            rest.len = 5;
        bool exact = false;
        const struct known *k = columns_known_find(columns_civicrm(), rest, &exact);
        if (!k || (k->role != COLUMN_FIELD && k->mark != MARK_EMAIL_FAILS))
            return false;
        *ret = *k;
        if (k->role != COLUMN_FIELD || k->category != CATEGORY_NONE) {
            ret->key = k->role == COLUMN_FIELD ? NULL : k->key;
            return k->role != COLUMN_FIELD || k->category == CATEGORY_CONTACT;
        }
        const struct field *f = catalogue_default(view_text(k->key));
        if (!f || f->category != CATEGORY_CONTACT)
            return false;
        if (!field_type_many(f->type))
            *ret = (struct known){.role = COLUMN_FIELD, .category = f->category, .type = f->type};
        return true;
    }
    return false;
}

const struct system_columns *columns_civicrm(void)
{
    static const struct system_columns s = {SYSTEM_CIVICRM,       rows,       COLUMNS_COUNT(rows), signs,
                                            COLUMNS_COUNT(signs), by_location};
    return &s;
}
