/* regex_property.c -- the names of general categories and of binary properties, as two tables. */
#include "validate/regex_property.h"

#include "base/mem.h"

/* ECMA-262 takes long names, PCRE2 short ones only. */
static const struct {
    const char *name, *other_name, *code;
} categories[] = {
    { "Cased_Letter", "LC", "L&" },
    { "Close_Punctuation", "Pe", "Pe" },
    { "Connector_Punctuation", "Pc", "Pc" },
    { "Control", "Cc", "Cc" },
    { "cntrl", "Cc", "Cc" },
    { "Currency_Symbol", "Sc", "Sc" },
    { "Dash_Punctuation", "Pd", "Pd" },
    { "Decimal_Number", "Nd", "Nd" },
    { "digit", "Nd", "Nd" },
    { "Enclosing_Mark", "Me", "Me" },
    { "Final_Punctuation", "Pf", "Pf" },
    { "Format", "Cf", "Cf" },
    { "Initial_Punctuation", "Pi", "Pi" },
    { "Letter", "L", "L" },
    { "Letter_Number", "Nl", "Nl" },
    { "Line_Separator", "Zl", "Zl" },
    { "Lowercase_Letter", "Ll", "Ll" },
    { "Mark", "M", "M" },
    { "Combining_Mark", "M", "M" },
    { "Math_Symbol", "Sm", "Sm" },
    { "Modifier_Letter", "Lm", "Lm" },
    { "Modifier_Symbol", "Sk", "Sk" },
    { "Nonspacing_Mark", "Mn", "Mn" },
    { "Number", "N", "N" },
    { "Open_Punctuation", "Ps", "Ps" },
    { "Other", "C", "C" },
    { "Other_Letter", "Lo", "Lo" },
    { "Other_Number", "No", "No" },
    { "Other_Punctuation", "Po", "Po" },
    { "Other_Symbol", "So", "So" },
    { "Paragraph_Separator", "Zp", "Zp" },
    { "Private_Use", "Co", "Co" },
    { "Punctuation", "P", "P" },
    { "punct", "P", "P" },
    { "Separator", "Z", "Z" },
    { "Space_Separator", "Zs", "Zs" },
    { "Spacing_Mark", "Mc", "Mc" },
    { "Surrogate", "Cs", "Cs" },
    { "Symbol", "S", "S" },
    { "Titlecase_Letter", "Lt", "Lt" },
    { "Unassigned", "Cn", "Cn" },
    { "Uppercase_Letter", "Lu", "Lu" },
};

/* The same in both. */
static const char *const binaries[] = {
    "ASCII",
    "ASCII_Hex_Digit",
    "AHex",
    "Alphabetic",
    "Alpha",
    "Any",
    "Bidi_Control",
    "Bidi_C",
    "Bidi_Mirrored",
    "Bidi_M",
    "Case_Ignorable",
    "CI",
    "Cased",
    "Changes_When_Casefolded",
    "CWCF",
    "Changes_When_Casemapped",
    "CWCM",
    "Changes_When_Lowercased",
    "CWL",
    "Changes_When_Titlecased",
    "CWT",
    "Changes_When_Uppercased",
    "CWU",
    "Dash",
    "Default_Ignorable_Code_Point",
    "DI",
    "Deprecated",
    "Dep",
    "Diacritic",
    "Dia",
    "Emoji",
    "Emoji_Component",
    "EComp",
    "Emoji_Modifier",
    "EMod",
    "Emoji_Modifier_Base",
    "EBase",
    "Emoji_Presentation",
    "EPres",
    "Extended_Pictographic",
    "ExtPict",
    "Extender",
    "Ext",
    "Grapheme_Base",
    "Gr_Base",
    "Grapheme_Extend",
    "Gr_Ext",
    "Hex_Digit",
    "Hex",
    "IDS_Binary_Operator",
    "IDSB",
    "IDS_Trinary_Operator",
    "IDST",
    "ID_Continue",
    "IDC",
    "ID_Start",
    "IDS",
    "Ideographic",
    "Ideo",
    "Join_Control",
    "Join_C",
    "Logical_Order_Exception",
    "LOE",
    "Lowercase",
    "Lower",
    "Math",
    "Noncharacter_Code_Point",
    "NChar",
    "Pattern_Syntax",
    "Pat_Syn",
    "Pattern_White_Space",
    "Pat_WS",
    "Quotation_Mark",
    "QMark",
    "Radical",
    "Regional_Indicator",
    "RI",
    "Sentence_Terminal",
    "STerm",
    "Soft_Dotted",
    "SD",
    "Terminal_Punctuation",
    "Term",
    "Unified_Ideograph",
    "UIdeo",
    "Uppercase",
    "Upper",
    "Variation_Selector",
    "VS",
    "White_Space",
    "space",
    "XID_Continue",
    "XIDC",
    "XID_Start",
    "XIDS",
};

static void add_property(struct lg_buf *out, bool negated, const char *prefix, struct lg_str name)
{
    lg_buf_add_cstr(out, negated ? "\\P{" : "\\p{");
    lg_buf_add_cstr(out, prefix);
    lg_buf_add_str(out, name);
    lg_buf_add_char(out, '}');
}

static bool add_category(struct lg_buf *out, bool negated, struct lg_str name)
{
    for (size_t i = 0; i < LG_COUNT(categories); i++) {
        if (lg_str_is(name, categories[i].name) || lg_str_is(name, categories[i].other_name)) {
            add_property(out, negated, "", lg_str_of(categories[i].code));
            return true;
        }
    }
    return false;
}

static bool add_binary(struct lg_buf *out, bool negated, struct lg_str name)
{
    if (lg_str_is(name, "Assigned"))
        return add_category(out, !negated, LG_STR("Cn"));
    for (size_t i = 0; i < LG_COUNT(binaries); i++) {
        if (lg_str_is(name, binaries[i])) {
            add_property(out, negated, "", name);
            return true;
        }
    }
    return false;
}

static bool is_word(struct lg_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        bool fits = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                    (byte >= '0' && byte <= '9') || byte == '_';

        if (!fits)
            return false;
    }
    return name.size > 0;
}

/* Which scripts there are is left to PCRE2. */
static bool add_script(struct lg_buf *out, bool negated, const char *prefix, struct lg_str name)
{
    if (!is_word(name))
        return false;
    add_property(out, negated, prefix, name);
    return true;
}

bool lg_regex_property(struct lg_buf *out, struct lg_str body, bool negated)
{
    size_t equals = lg_str_find(body, '=', 0);
    struct lg_str key = lg_str_part(body, 0, equals);
    struct lg_str value = lg_str_part(body, equals + 1, body.size);

    if (equals == body.size)
        return add_category(out, negated, body) || add_binary(out, negated, body);
    if (lg_str_is(key, "General_Category") || lg_str_is(key, "gc"))
        return add_category(out, negated, value);
    if (lg_str_is(key, "Script") || lg_str_is(key, "sc"))
        return add_script(out, negated, "sc:", value);
    if (lg_str_is(key, "Script_Extensions") || lg_str_is(key, "scx"))
        return add_script(out, negated, "scx:", value);
    return false;
}
