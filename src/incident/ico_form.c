#include "ico_form.h"

#include <string.h>

static const char *const options_report_reason[] = {
    "I consider the incident meets the threshold to report",
    "I do not consider it meets the threshold but want you to be aware",
    "I am unclear whether it meets the threshold",
    NULL,
};

static const char *const options_report_type[] = {
    "Initial report",
    "Follow-up report",
    NULL,
};

static const char *const options_org_size[] = {
    "Fewer than 250 staff",
    "250 staff or more",
    NULL,
};

static const char *const options_first_contact[] = {
    "Yes",
    "No",
    "Unknown",
    NULL,
};

static const char *const options_cyber[] = {
    "Yes",
    "No",
    "Don't know",
    NULL,
};

static const char *const options_data_categories[] = {
    "Data revealing racial or ethnic origin",
    "Political opinions",
    "Religious or philosophical beliefs",
    "Trade union membership",
    "Sex life data",
    "Sexual orientation data",
    "Gender reassignment data",
    "Health data",
    "Basic personal identifiers, eg name, contact details",
    "Identification data, eg usernames, passwords",
    "Economic and financial data, eg credit card numbers, bank details",
    "Official documents, eg driving licences",
    "Location data",
    "Genetic or biometric data",
    "Criminal convictions, offences",
    "Not yet known",
    "Other (give details)",
    NULL,
};

static const char *const options_subject_categories[] = {
    "Employees", "Users",    "Subscribers",       "Students",      "Customers or prospective customers",
    "Patients",  "Children", "Vulnerable adults", "Not yet known", "Other (give details)",
    NULL,
};

static const char *const options_likelihood[] = {
    "Very likely", "Likely", "Neutral - neither likely nor unlikely", "Unlikely", "Very unlikely", "Not yet known", NULL,
};

static const char *const suboptions_cia_hit[] = {
    "Confidentiality",
    "Integrity",
    "Availability",
    NULL,
};

static const char *const options_org_impact[] = {
    "High - you have lost the ability to provide all critical services to all users",
    "Medium - you have lost the ability to provide a critical service to some users",
    "Low - there is no loss of efficiency, or a low loss of efficiency, and you can still provide all critical "
    "services to all users",
    "Not yet known",
    NULL,
};

static const char *const options_recovery[] = {
    "Regular - predictable with existing resources",
    "Supplemented - predictable with additional resources",
    "Extended - not predictable, extra resources needed",
    "Not recoverable",
    "Complete - recovery is complete",
    "Not yet known",
    NULL,
};

static const char *const options_told_people[] = {
    "Yes, we've told affected data subjects",
    "We're about to, or are in the process of telling data subjects",
    "No, they're already aware",
    "No, but we're planning to",
    "No, we've decided not to",
    "We haven't decided yet if we will tell them or not",
    "Something else (give details)",
    NULL,
};

static const char *const options_code[] = {
    "Yes",
    "No",
    NULL,
};

static const struct ico_field fields[ICO_FORM_FIELDS] = {
    {1, "report_reason", "About your report", "Why are you reporting the breach to the ICO? (optional)", ICO_ONE,
     options_report_reason, NULL},
    {2, "report_type", "About your report", "Report type", ICO_ONE, options_report_type, NULL},
    {3, "case_ref", "About your report", "(Follow-up only) ICO case reference", ICO_TEXT, NULL, NULL},
    {4, "spoken_to", "About your report", "If you have already spoken to ICO staff about this breach, their name",
     ICO_TEXT, NULL, NULL},
    {5, "org_size", "About your report", "Size of organisation", ICO_ONE, options_org_size, NULL},
    {6, "first_contact", "About your report",
     "Is this the first time you have contacted us about a breach since the GDPR came into force?", ICO_ONE,
     options_first_contact, NULL},
    {7, "what_happened", "About the breach",
     "What has happened? As much as you can: what happened, what went wrong and how it happened", ICO_TEXT, NULL, NULL},
    {8, "how_occurred", "About the breach", "Describe how the incident occurred", ICO_TEXT, NULL, NULL},
    {9, "cyber", "About the breach", "Was the breach caused by a cyber incident?", ICO_ONE, options_cyber, NULL},
    {10, "how_found", "About the breach", "How did you find out about the breach?", ICO_TEXT, NULL, NULL},
    {11, "when_discovered", "About the breach", "When did you discover the breach? Date, time", ICO_DATETIME, NULL,
     NULL},
    {12, "when_happened", "About the breach", "When did the breach happen? Date, time", ICO_DATETIME, NULL, NULL},
    {13, "data_categories", "About the breach", "Categories of personal data included in the breach (tick all)",
     ICO_MANY, options_data_categories, NULL},
    {14, "records", "About the breach", "Number of personal data records concerned?", ICO_INT, NULL, NULL},
    {15, "subjects", "About the breach", "How many data subjects could be affected?", ICO_INT, NULL, NULL},
    {16, "subject_categories", "About the breach", "Categories of data subjects affected (tick all)", ICO_MANY,
     options_subject_categories, NULL},
    {17, "consequences", "About the breach",
     "Potential consequences of the breach: possible impact on data subjects; whether there has been any actual "
     "harm",
     ICO_TEXT, NULL, NULL},
    {18, "likelihood", "About the breach",
     "What is the likelihood that data subjects will experience significant consequences as a result?", ICO_ONE,
     options_likelihood, NULL},
    {19, "likelihood_why", "About the breach", "Give details", ICO_TEXT, NULL, NULL},
    {20, "cia_hit", "Cyber incidents only",
     "Has the confidentiality, integrity and/or availability of your information systems been affected? If yes, "
     "which",
     ICO_ONE, options_cyber, suboptions_cia_hit},
    {21, "org_impact", "Cyber incidents only", "Impact on your organisation", ICO_ONE, options_org_impact, NULL},
    {22, "recovery", "Cyber incidents only", "Recovery time", ICO_ONE, options_recovery, NULL},
    {23, "training", "About the breach",
     "Had the staff member involved received data protection training in the last two years?", ICO_ONE, options_cyber,
     NULL},
    {24, "training_detail", "About the breach",
     "(Initial only) Describe any measures in place before the breach with the aim of preventing it", ICO_TEXT, NULL,
     NULL},
    {25, "delay", "About the breach", "If there has been a delay in reporting this breach, explain why", ICO_TEXT, NULL,
     NULL},
    {26, "actions", "Taking action",
     "Actions you have taken, or propose to take, as a result; for cyber: how you confirmed the threat is gone; "
     "retrieved/deleted data",
     ICO_TEXT, NULL, NULL},
    {27, "prevent", "Taking action",
     "Steps you are taking to prevent a recurrence, and when you expect they will be completed", ICO_TEXT, NULL, NULL},
    {28, "told_people", "Taking action", "Have you told data subjects about the breach?", ICO_ONE, options_told_people,
     NULL},
    {29, "told_others", "Taking action",
     "Have you told, or are you planning to tell any other organisations about the breach? eg the police, other "
     "regulators, supervisory authorities, insurers, processors",
     ICO_TEXT, NULL, NULL},
    {30, "code", "Taking action",
     "Are you a member of a UK GDPR code of conduct or certification scheme, approved and published on our website?",
     ICO_ONE, options_code, NULL},
    {31, "org", "About you", "Organisation name, address, registration number (or exempt / not known)", ICO_TEXT, NULL,
     NULL},
    {32, "contact", "About you", "Person making this report: name, e-mail, telephone (someone familiar with the breach)",
     ICO_TEXT, NULL, NULL},
    {33, "dpo", "About you",
     "Data protection officer, or senior person responsible: same as above / name, e-mail, telephone", ICO_TEXT, NULL,
     NULL},
};

/* Details that the category alone doesn't tell; by key, then by category. */
static const struct {
    const char *key, *option;
} by_key[] = {
    {"ethnicity", "Data revealing racial or ethnic origin"},
    {"ethnic_origin", "Data revealing racial or ethnic origin"},
    {"race", "Data revealing racial or ethnic origin"},
    {"nationality", "Data revealing racial or ethnic origin"},
    {"party", "Political opinions"},
    {"politics", "Political opinions"},
    {"political_opinion", "Political opinions"},
    {"political_opinions", "Political opinions"},
    {"voting_intention", "Political opinions"},
    {"canvass", "Political opinions"},
    {"religion", "Religious or philosophical beliefs"},
    {"belief", "Religious or philosophical beliefs"},
    {"faith", "Religious or philosophical beliefs"},
    {"union", "Trade union membership"},
    {"trade_union", "Trade union membership"},
    {"union_membership", "Trade union membership"},
    {"trade_union_membership", "Trade union membership"},
    {"sex_life", "Sex life data"},
    {"sexuality", "Sexual orientation data"},
    {"sexual_orientation", "Sexual orientation data"},
    {"orientation", "Sexual orientation data"},
    {"gender_reassignment", "Gender reassignment data"},
    {"trans", "Gender reassignment data"},
    {"health", "Health data"},
    {"disability", "Health data"},
    {"access_needs", "Health data"},
    {"dietary", "Health data"},
    {"username", "Identification data, eg usernames, passwords"},
    {"login", "Identification data, eg usernames, passwords"},
    {"password", "Identification data, eg usernames, passwords"},
    {"security_answer", "Identification data, eg usernames, passwords"},
    {"national_id", "Official documents, eg driving licences"},
    {"passport", "Official documents, eg driving licences"},
    {"passport_number", "Official documents, eg driving licences"},
    {"driving_licence", "Official documents, eg driving licences"},
    {"identity_document", "Official documents, eg driving licences"},
    {"national_insurance_number", "Official documents, eg driving licences"},
    {"location", "Location data"},
    {"latitude", "Location data"},
    {"longitude", "Location data"},
    {"biometric", "Genetic or biometric data"},
    {"genetic", "Genetic or biometric data"},
    {"fingerprint", "Genetic or biometric data"},
    {"convictions", "Criminal convictions, offences"},
    {"criminal_record", "Criminal convictions, offences"},
};

static const struct {
    const char *category, *option;
} by_category[] = {
    {"identity", "Basic personal identifiers, eg name, contact details"},
    {"contact", "Basic personal identifiers, eg name, contact details"},
    {"financial", "Economic and financial data, eg credit card numbers, bank details"},
    {"criminal", "Criminal convictions, offences"},
};

const struct ico_field *ico_form_at(size_t index)
{
    return index < ICO_FORM_FIELDS ? &fields[index] : NULL;
}

const struct ico_field *ico_form_find(const char *id)
{
    for (size_t i = 0; i < ICO_FORM_FIELDS; i++) {
        if (strcmp(fields[i].id, id) == 0)
            return &fields[i];
    }
    return NULL;
}

const char *ico_form_type_word(enum ico_type type)
{
    static const char *const words[] = {"text", "one", "many", "datetime", "int"};
    return words[type];
}

static const char *find_option(const char *const *options, const char *words)
{
    for (size_t i = 0; options && options[i]; i++) {
        if (strcmp(options[i], words) == 0)
            return options[i];
    }
    return NULL;
}

const char *ico_form_option(const struct ico_field *field, const char *words)
{
    const char *option = find_option(field->options, words);
    return option ? option : find_option(field->suboptions, words);
}

const char *ico_form_category(const char *key, const char *category, const char *membership)
{
    for (size_t i = 0; i < sizeof by_key / sizeof by_key[0]; i++) {
        if (strcmp(by_key[i].key, key) == 0)
            return by_key[i].option;
    }
    if (strcmp(category, "membership") == 0 && membership)
        return membership;
    for (size_t i = 0; i < sizeof by_category / sizeof by_category[0]; i++) {
        if (strcmp(by_category[i].category, category) == 0)
            return by_category[i].option;
    }
    return "Other (give details)";
}
