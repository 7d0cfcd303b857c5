/* Mailchimp, Action Network, Salesforce, Tendenci, Odoo. */
#include "columns_known.h"

#include <string.h>

static const struct known mailchimp[] = {
    COLUMN_AS("Email Address", "email"),
    COLUMN_AS("Email", "email"),
    COLUMN_AS("First Name", "first_name"),
    COLUMN_AS("Last Name", "last_name"),
    COLUMN_AS("Phone Number", "phone"),
    COLUMN_AS("Address", "street_address"),
    COLUMN_OWN("Birthday", IDENTITY, TEXT),
    COLUMN_OWN("MEMBER_RATING", ACTIVITY, NUMBER),
    COLUMN_KEY("OPTIN_TIME", "optin_time", ACTIVITY, DATE),
    COLUMN_KEY("OPTIN_IP", "optin_ip", ACTIVITY, TEXT),
    COLUMN_OWN("CONFIRM_TIME", ACTIVITY, DATE),
    COLUMN_OWN("CONFIRM_IP", ACTIVITY, TEXT),
    COLUMN_OWN("LATITUDE", CONTACT, NUMBER),
    COLUMN_OWN("LONGITUDE", CONTACT, NUMBER),
    COLUMN_OWN("GMTOFF", CONTACT, TEXT),
    COLUMN_OWN("DSTOFF", CONTACT, TEXT),
    COLUMN_OWN("TIMEZONE", CONTACT, TEXT),
    COLUMN_KEY("CC", "country_code", CONTACT, COUNTRY),
    COLUMN_OWN("REGION", CONTACT, TEXT),
    COLUMN_OWN("LAST_CHANGED", ACTIVITY, DATE),
    COLUMN_KEYED("LEID", "mailchimp_leid"),
    COLUMN_KEYED("EUID", "mailchimp_euid"),
    COLUMN_AS("NOTES", "note"),
    COLUMN_AS("TAGS", "tags"),
    COLUMN_STOP("UNSUB_TIME", NOT_EMPTY),
    {.name = "UNSUB_CAMPAIGN_TITLE",
     .role = COLUMN_FIELD,
     .category = CATEGORY_ACTIVITY,
     .type = TYPE_TEXT,
     .many = true},
    {.name = "UNSUB_CAMPAIGN_ID", .role = COLUMN_FIELD, .category = CATEGORY_ACTIVITY, .type = TYPE_TEXT, .many = true},
    {.name = "UNSUB_REASON", .role = COLUMN_FIELD, .category = CATEGORY_ACTIVITY, .type = TYPE_TEXT, .many = true},
    {.name = "UNSUB_REASON_OTHER", .role = COLUMN_FIELD, .category = CATEGORY_ACTIVITY, .type = TYPE_TEXT, .many = true},
    COLUMN_FLAG("CLEAN_TIME", EMAIL_FAILS, NOT_EMPTY),
};

static const char *const mailchimp_signs[] = {"MEMBER_RATING", "OPTIN_TIME", "CONFIRM_TIME", "LEID",      "EUID",
                                              "UNSUB_TIME",    "CLEAN_TIME", "LAST_CHANGED", "CONFIRM_IP"};

/* The further columns of a cleaned file aren't documented; they tell about mail that couldn't be delivered. */
static bool mailchimp_cleaned(struct view name, struct known *ret)
{
    if (name.len < 7 || name.len > FIELD_KEY_MAX || memcmp(name.p, "CLEAN_", 6) != 0)
        return false;
    *ret = (struct known){.role = COLUMN_FIELD, .category = CATEGORY_ACTIVITY, .type = TYPE_TEXT, .many = true};
    return true;
}

static const struct known action_network[] = {
    COLUMN_KEYED("uuid", "action_network_id"),
    COLUMN_AS("first_name", "first_name"),
    COLUMN_AS("last_name", "last_name"),
    COLUMN_AS("email", "email"),
    COLUMN_AS("zip_code", "postal_code"),
    COLUMN_AS("can2_phone", "phone"),
    COLUMN_AS("Phone", "phone"),
    COLUMN_AS("Phone Number", "phone"),
    COLUMN_AS("can2_user_address", "street_address"),
    COLUMN_AS("can2_user_city", "city"),
    COLUMN_AS("can2_user_state", "state"),
    COLUMN_ADDS("can2_state_abbreviated", "state"),
    COLUMN_AS("can2_county", "county"),
    COLUMN_AS("County", "county"),
    COLUMN_AS("can2_user_tags", "tags"),
    COLUMN_STOP("can2_subscription_status", UNSUBSCRIBED),
    COLUMN_KEY("can2_subscription_date", "subscription_date", ACTIVITY, DATE),
    COLUMN_FLAG("can2_sms_status", NO_SMS, UNSUBSCRIBED),
};

static const char *const action_network_signs[] = {"uuid",
                                                   "can2_phone",
                                                   "can2_user_address",
                                                   "can2_user_city",
                                                   "can2_user_state",
                                                   "can2_state_abbreviated",
                                                   "can2_county",
                                                   "can2_user_tags",
                                                   "can2_subscription_status",
                                                   "can2_subscription_date",
                                                   "can2_sms_status"};

static const struct known salesforce[] = {
    COLUMN_KEYED("Id", "salesforce_id"),
    COLUMN_FLAG("IsDeleted", IN_TRASH, YES_NO),
    COLUMN_OWN("MasterRecordId", OTHER, TEXT),
    COLUMN_OWN("AccountId", OTHER, TEXT),
    COLUMN_AS("LastName", "last_name"),
    COLUMN_AS("FirstName", "first_name"),
    COLUMN_AS("Salutation", "name_prefix"),
    COLUMN_AS("Name", "display_name"),
    COLUMN_OWN("OtherStreet", CONTACT, TEXT),
    COLUMN_OWN("OtherCity", CONTACT, TEXT),
    COLUMN_OWN("OtherState", CONTACT, TEXT),
    COLUMN_OWN("OtherPostalCode", CONTACT, POSTCODE),
    COLUMN_OWN("OtherCountry", CONTACT, COUNTRY),
    COLUMN_AS("MailingStreet", "street_address"),
    COLUMN_AS("MailingCity", "city"),
    COLUMN_AS("MailingState", "state"),
    COLUMN_AS("MailingPostalCode", "postal_code"),
    COLUMN_AS("MailingCountry", "country"),
    COLUMN_AS("Phone", "phone"),
    COLUMN_OWN("Fax", CONTACT, PHONE),
    COLUMN_AS("MobilePhone", "mobile_phone"),
    COLUMN_OWN("HomePhone", CONTACT, PHONE),
    COLUMN_OWN("OtherPhone", CONTACT, PHONE),
    COLUMN_OWN("AssistantPhone", OTHER, PHONE),
    COLUMN_OWN("ReportsToId", OTHER, TEXT),
    COLUMN_AS("Email", "email"),
    COLUMN_AS("Title", "job_title"),
    COLUMN_OWN("Department", OTHER, TEXT),
    COLUMN_OWN("AssistantName", OTHER, TEXT),
    COLUMN_OWN("LeadSource", ACTIVITY, TEXT),
    COLUMN_AS("Birthdate", "birth_date"),
    COLUMN_AS("Description", "note"),
    COLUMN_NOTHING("OwnerId"),
    COLUMN_STOP("HasOptedOutOfEmail", YES_NO),
    COLUMN_FLAG("DoNotCall", NO_PHONE, YES_NO),
    COLUMN_OWN("CreatedDate", ACTIVITY, DATE),
    COLUMN_NOTHING("CreatedById"),
    COLUMN_OWN("LastModifiedDate", ACTIVITY, DATE),
    COLUMN_NOTHING("LastModifiedById"),
    COLUMN_NOTHING("SystemModstamp"),
    COLUMN_OWN("LastActivityDate", ACTIVITY, DATE),
    COLUMN_OWN("EmailBouncedReason", ACTIVITY, TEXT),
    COLUMN_FLAG("EmailBouncedDate", EMAIL_FAILS, NOT_EMPTY),
    COLUMN_AS("npe01__HomeEmail__c", "email"),
    COLUMN_AS("npe01__AlternateEmail__c", "email"),
    COLUMN_KEY("npe01__WorkPhone__c", "work_phone", CONTACT, PHONE),
    COLUMN_KEY("npe01__Primary_Address_Type__c", "primary_address_type", CONTACT, TEXT),
    COLUMN_IS("npo02__MembershipJoinDate__c", MEMBER_SINCE),
};

static const char *const salesforce_signs[] = {"MasterRecordId",
                                               "AccountId",
                                               "MailingStreet",
                                               "MailingCity",
                                               "MailingPostalCode",
                                               "ReportsToId",
                                               "SystemModstamp",
                                               "LeadSource",
                                               "HasOptedOutOfEmail",
                                               "EmailBouncedReason",
                                               "npe01__HomeEmail__c",
                                               "npe01__WorkPhone__c",
                                               "npo02__MembershipJoinDate__c"};

static const struct known tendenci[] = {
    COLUMN_AS("first_name", "first_name"),
    COLUMN_AS("last_name", "last_name"),
    COLUMN_OWN("username", IDENTITY, TEXT),
    COLUMN_AS("email", "email"),
    COLUMN_OWN("is_active", ACTIVITY, YES_NO),
    COLUMN_OWN("is_staff", OTHER, YES_NO),
    COLUMN_OWN("is_superuser", OTHER, YES_NO),
    COLUMN_KEYED("member_number", "member_number"),
    COLUMN_KEYED("account_id", "account_id"),
    COLUMN_AS("company", "employer"),
    COLUMN_AS("phone", "phone"),
    COLUMN_AS("address", "street_address"),
    COLUMN_AS("address2", "supplemental_address"),
    COLUMN_AS("city", "city"),
    COLUMN_AS("state", "state"),
    COLUMN_AS("zipcode", "postal_code"),
    COLUMN_AS("county", "county"),
    COLUMN_AS("country", "country"),
    COLUMN_OWN("address_2", CONTACT, TEXT),
    COLUMN_OWN("address2_2", CONTACT, TEXT),
    COLUMN_OWN("city_2", CONTACT, TEXT),
    COLUMN_OWN("state_2", CONTACT, TEXT),
    COLUMN_OWN("zipcode_2", CONTACT, POSTCODE),
    COLUMN_OWN("country_2", CONTACT, COUNTRY),
    COLUMN_OWN("profile_status", OTHER, YES_NO),
    COLUMN_OWN("profile_status_detail", OTHER, TEXT),
    COLUMN_KEY("app", "membership_application", MEMBERSHIP, TEXT),
    COLUMN_IS("membership_type", MEMBERSHIP_TYPE),
    COLUMN_OWN("corp_profile_id", OTHER, TEXT),
    COLUMN_OWN("corp_profile_name", OTHER, TEXT),
    COLUMN_OWN("corporate_membership_id", OTHER, TEXT),
    COLUMN_IS("join_dt", MEMBER_SINCE),
    COLUMN_IS("expire_dt", PERIOD_END),
    COLUMN_KEY("renewal", "membership_renewal", MEMBERSHIP, YES_NO),
    COLUMN_KEY("renew_dt", "membership_renewed", MEMBERSHIP, DATE),
    COLUMN_FLAG("status", IN_TRASH, INACTIVE),
    COLUMN_IS("status_detail", STATUS),
};

static const char *const tendenci_signs[] = {"profile_status",
                                             "profile_status_detail",
                                             "corp_profile_id",
                                             "corp_profile_name",
                                             "corporate_membership_id",
                                             "join_dt",
                                             "expire_dt",
                                             "renew_dt",
                                             "status_detail",
                                             "graduation_dt1"};

/* Four schools, each with its parts. */
static bool tendenci_school(struct view name, struct known *ret)
{
    static const char *const parts[] = {"school", "major", "degree", "graduation_dt"};
    for (size_t i = 0; i < COLUMNS_COUNT(parts); i++) {
        size_t len = strlen(parts[i]);
        if (name.len != len + 1 || memcmp(name.p, parts[i], len) != 0 || name.p[len] < '1' || name.p[len] > '4')
            continue;
        *ret = (struct known){.role = COLUMN_FIELD, .category = CATEGORY_OTHER, .type = i == 3 ? TYPE_DATE : TYPE_TEXT};
        return true;
    }
    return false;
}

static const struct known odoo[] = {
    COLUMN_KEYED("id", "odoo_id"),
    COLUMN_KEYED("External ID", "odoo_id"),
    COLUMN_AS("name", "display_name"),
    COLUMN_AS("display_name", "display_name"),
    COLUMN_AS("email", "email"),
    COLUMN_AS("phone", "phone"),
    COLUMN_AS("mobile", "mobile_phone"),
    COLUMN_AS("street", "street_address"),
    COLUMN_AS("street2", "supplemental_address"),
    COLUMN_AS("city", "city"),
    COLUMN_AS("zip", "postal_code"),
    COLUMN_AS("state_id", "state"),
    COLUMN_AS("State", "state"),
    COLUMN_AS("country_id", "country"),
    COLUMN_AS("Country", "country"),
    COLUMN_AS("function", "job_title"),
    COLUMN_AS("Job Position", "job_title"),
    COLUMN_AS("lang", "language"),
    COLUMN_AS("category_id", "tags"),
    COLUMN_AS("comment", "note"),
    COLUMN_OWN("website", CONTACT, TEXT),
    COLUMN_OWN("associate_member", MEMBERSHIP, TEXT),
    COLUMN_OWN("Associate Member", MEMBERSHIP, TEXT),
    COLUMN_AS("member_lines", "membership"),
    COLUMN_AS("Membership", "membership"),
    COLUMN_OWN("free_member", MEMBERSHIP, YES_NO),
    COLUMN_OWN("membership_amount", FINANCIAL, NUMBER),
    COLUMN_IS("membership_state", STATUS),
    COLUMN_IS("Current Membership Status", STATUS),
    COLUMN_IS("membership_start", PERIOD_START),
    COLUMN_IS("Membership Start Date", PERIOD_START),
    COLUMN_IS("membership_stop", PERIOD_END),
    COLUMN_IS("Membership End Date", PERIOD_END),
    COLUMN_OWN("membership_cancel", MEMBERSHIP, DATE),
    COLUMN_KEY("Cancel Membership Date", "membership_cancel", MEMBERSHIP, DATE),
};

static const char *const odoo_signs[] = {
    "member_lines",           "free_member",      "membership_state", "membership_stop",
    "membership_cancel",      "associate_member", "country_id",       "Current Membership Status",
    "Cancel Membership Date", "Free Member",      "Associate Member"};

const struct system_columns *columns_mailchimp(void)
{
    static const struct system_columns s = {
        SYSTEM_MAILCHIMP, mailchimp, COLUMNS_COUNT(mailchimp), mailchimp_signs, COLUMNS_COUNT(mailchimp_signs),
        mailchimp_cleaned};
    return &s;
}

const struct system_columns *columns_action_network(void)
{
    static const struct system_columns s = {SYSTEM_ACTION_NETWORK,
                                            action_network,
                                            COLUMNS_COUNT(action_network),
                                            action_network_signs,
                                            COLUMNS_COUNT(action_network_signs),
                                            NULL};
    return &s;
}

const struct system_columns *columns_salesforce(void)
{
    static const struct system_columns s = {SYSTEM_SALESFORCE,
                                            salesforce,
                                            COLUMNS_COUNT(salesforce),
                                            salesforce_signs,
                                            COLUMNS_COUNT(salesforce_signs),
                                            NULL};
    return &s;
}

const struct system_columns *columns_tendenci(void)
{
    static const struct system_columns s = {
        SYSTEM_TENDENCI, tendenci, COLUMNS_COUNT(tendenci), tendenci_signs, COLUMNS_COUNT(tendenci_signs),
        tendenci_school};
    return &s;
}

const struct system_columns *columns_odoo(void)
{
    static const struct system_columns s = {
        SYSTEM_ODOO, odoo, COLUMNS_COUNT(odoo), odoo_signs, COLUMNS_COUNT(odoo_signs), NULL};
    return &s;
}
