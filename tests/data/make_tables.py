#!/usr/bin/env python3
"""Makes the tables, archives and mails that the tests of src/base read, into the folder of this script.

Only the standard library is needed; the two encrypted archives are made with `zip` (ZipCrypto) and `bsdtar` (AES-256) and
differ each time, so they are only made where they are missing.
"""
import base64
import io
import os
import subprocess
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
PASSWORD = "open sesame"

MEMBERS = "id,name,email\r\n1,Ada Example,ada@members.example\r\n2,Zoë Sample,zoe@members.example\r\n"
CLEANED = "id;email\r\n9;gone@members.example\r\n"
README = "These are the members, as of March.\r\nAsk the office if something is missing.\r\n"

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_LINK = "http://purl.oclc.org/ooxml/officeDocument/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def archive(members, method=zipfile.ZIP_DEFLATED):
    """A ZIP of (name, bytes or text); the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, content in members:
            info = zipfile.ZipInfo(name, (2024, 3, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else method
            z.writestr(info, content)
    return out.getvalue()


def rels(link, targets):
    body = "".join(f'<Relationship Id="{i}" Type="{link}/{t}" Target="{p}"/>' for i, t, p in targets)
    return f'<?xml version="1.0"?><Relationships xmlns="{RELS}">{body}</Relationships>'


STYLES = f"""<styleSheet xmlns="{MAIN}">
<numFmts count="3"><numFmt numFmtId="164" formatCode="dd/mm/yyyy\\ hh:mm"/>
<numFmt numFmtId="165" formatCode="&quot;day &quot;0.00"/><numFmt numFmtId="166" formatCode="[h]:mm"/></numFmts>
<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>
<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>
</styleSheet>"""

SHARED = f"""<sst xmlns="{MAIN}" count="5" uniqueCount="5"><si><t>id</t></si><si><t>name</t></si>
<si><r><t>Ada </t></r><r><t xml:space="preserve">Example</t></r><rPh sb="0" eb="1"><t>not this</t></rPh></si>
<si><t>two_x000A_lines</t></si><si><t>born</t></si></sst>"""

PEOPLE = f"""<worksheet xmlns="{MAIN}"><dimension ref="A1:H6"/><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>4</v></c>
<c r="D1" t="inlineStr"><is><t>seen</t></is></c><c r="E1" t="str"><v>amount</v></c><c r="F1" t="inlineStr"><is><t>paid</t></is></c></row>
<row r="2"><c r="A2"><v>12345678901</v></c><c r="B2" t="s"><v>2</v></c><c r="C2" s="1"><v>45351</v></c>
<c r="D2" s="2"><v>45351.572916666664</v></c><c r="E2"><f>0.1+0.2</f><v>0.30000000000000004</v></c><c r="F2" t="b"><v>1</v></c></row>
<row r="4"><c r="A4"><v>1.2345678901E10</v></c><c r="B4" t="s"><v>3</v></c><c r="E4" s="3"><v>7</v></c><c r="F4" s="1"/></row>
<row r="5"><c r="A5"><v>3</v></c><c r="B5" t="e"><f>VLOOKUP(A5,X,2)</f><v>#N/A</v></c><c r="C5" s="1"><v>60</v></c>
<c r="D5" s="4"><v>1.25</v></c></row>
<row r="6"><c r="A6"><v>4</v></c><c r="G6"><v>1</v></c></row>
<row r="9"><c r="A9" s="1"/><c r="B9" s="1"/></row>
</sheetData></worksheet>"""


def sheet_of(text):
    return f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="inlineStr"><is><t>{text}</t></is></c></row></sheetData></worksheet>'


def xlsx(people=PEOPLE):
    book = (f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><workbookPr/><sheets>'
            '<sheet name="Notes" sheetId="1" state="hidden" r:id="rId1"/><sheet name="People" sheetId="2" r:id="rId2"/>'
            '<sheet name="Left" sheetId="3" r:id="rId3"/></sheets></workbook>')
    return archive([
        ("[Content_Types].xml", "<Types/>"),
        # The sheet before what it needs, as some programs write it.
        ("xl/worksheets/sheet2.xml", people),
        ("xl/worksheets/sheet1.xml", sheet_of("hidden")),
        ("xl/worksheets/sheet3.xml", sheet_of("left")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", rels(LINK, [
            ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "worksheet", "/xl/worksheets/sheet2.xml"),
            ("rId3", "worksheet", "worksheets/sheet3.xml"), ("rId4", "styles", "styles.xml"),
            ("rId5", "sharedStrings", "sharedStrings.xml")])),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", SHARED),
    ])


def xlsx_strict_1904():
    """Prefixed names, the strict namespace, and days counted from 1904."""
    return archive([
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", f'<x:workbook xmlns:x="{STRICT}" xmlns:q="{STRICT_LINK}"><x:workbookPr date1904="1"/><x:sheets>'
                            '<x:sheet name="Only" sheetId="1" q:id="a"/></x:sheets></x:workbook>'),
        ("xl/_rels/workbook.xml.rels", rels(STRICT_LINK, [("a", "worksheet", "worksheets/only.xml"), ("b", "styles", "styles.xml")])),
        ("xl/styles.xml", f'<s:styleSheet xmlns:s="{STRICT}"><s:cellXfs><s:xf numFmtId="0"/><s:xf numFmtId="14"/></s:cellXfs></s:styleSheet>'),
        ("xl/worksheets/only.xml", f'<x:worksheet xmlns:x="{STRICT}"><x:sheetData><x:row><x:c s="1"><x:v>0</x:v></x:c>'
                                   '<x:c s="1"><x:v>43889</x:v></x:c></x:row></x:sheetData></x:worksheet>'),
    ])


def content(body):
    spaces = " ".join(f'xmlns:{n}="{ODF}{n}:1.0"' for n in ("office", "table", "text", "style"))
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    return f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} {calc}>{body}</office:document-content>'


ODS = content("""<office:automatic-styles><style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="ta2" style:family="table"><style:table-properties table:display="true"/></style:style></office:automatic-styles>
<office:body><office:spreadsheet>
<table:table table:name="Notes" table:style-name="ta1"><table:table-row><table:table-cell><text:p>hidden</text:p></table:table-cell></table:table-row></table:table>
<table:table table:name="People" table:style-name="ta2"><table:table-column table:number-columns-repeated="16384"/>
<table:table-header-rows><table:table-row><table:table-cell office:value-type="string"><text:p>id</text:p></table:table-cell>
<table:table-cell office:value-type="string"><office:annotation><text:p>not this</text:p></office:annotation><text:p>na<text:span>me</text:span></text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>born</text:p></table:table-cell><table:table-cell><text:p>paid</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="16380"/></table:table-row></table:table-header-rows>
<table:table-row table:number-rows-repeated="2"/>
<table:table-row><table:table-cell office:value-type="float" office:value="12345678901"><text:p>1.23E+10</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>Ada<text:s text:c="2"/>Example </text:p><text:p>second</text:p></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2024-02-29"><text:p>29/02/24</text:p></table:table-cell>
<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="time" office:time-value="PT27H30M05S"><text:p>x</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="2" office:value-type="string"><text:p>same</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>
<table:table table:name="Left"><table:table-row><table:table-cell><text:p>left</text:p></table:table-cell></table:table-row></table:table>
</office:spreadsheet></office:body>""")

ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods(body=ODS, manifest=""):
    return archive([("mimetype", ODS_TYPE), ("content.xml", body),
                    ("META-INF/manifest.xml", f'<m:manifest xmlns:m="{ODF}manifest:1.0">{manifest}</m:manifest>')])


def patched(raw, local_at, central_at, value):
    """Sets two bytes in the headers of the only member."""
    raw = bytearray(raw)
    for mark, at in ((b"PK\x03\x04", local_at), (b"PK\x01\x02", central_at)):
        at += raw.index(mark)
        raw[at:at + 2] = value.to_bytes(2, "little")
    return bytes(raw)


def strongly_encrypted():
    """PKWARE's strong encryption with an algorithm that nobody has: its header, then nothing of use."""
    header = (16).to_bytes(2, "little") + bytes(16) + (60).to_bytes(4, "little") + (3).to_bytes(2, "little")
    header += (0x6799).to_bytes(2, "little") + (256).to_bytes(2, "little") + (1).to_bytes(2, "little") + bytes(64)
    return patched(archive([("members.csv", header)], zipfile.ZIP_STORED), 6, 8, 0x41)


def attachment(name, kind, content):
    text = base64.encodebytes(content).decode()
    return (f'--frontier\nContent-Type: {kind}; name="{name}"\nContent-Transfer-Encoding: base64\n'
            f'Content-Disposition: attachment; filename="{name}"\n\n{text}')


def message(number, parts):
    return (f"From: Office <office@party.example>\nTo: Mail House <lists@supplier.example>, second@supplier.example\n"
            f"Cc: Board: chair@party.example, deputy@party.example;\nDate: Fri, 1 Mar 2024 10:00:00 +0100\n"
            f"Message-ID: <{number}@party.example>\nSubject: the list\nMIME-Version: 1.0\n"
            f'Content-Type: multipart/mixed; boundary="frontier"\n\n'
            f"--frontier\nContent-Type: text/plain\n\nHere it is, as agreed.\n{''.join(parts)}--frontier--\n")


def forwarded(inner):
    return "--frontier\nContent-Type: message/rfc822\n\n" + inner.replace("frontier", "inner") + "\n"


def encrypted(path, command):
    if os.path.exists(path):
        return
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "members.csv"), "w", encoding="utf-8", newline="") as f:
            f.write(MEMBERS)
        subprocess.run(command, cwd=d, check=True, stdout=subprocess.DEVNULL)


def main():
    one = archive([("export/", b""), ("export/members.csv", MEMBERS), ("export/readme.txt", README),
                   ("__MACOSX/export/._members.csv", "\0\5\x16\7"), ("logo.png", b"\x89PNG\r\n\x1a\n")])
    first = message(1, [attachment("list.csv", "text/csv", MEMBERS.encode()), attachment("terms.pdf", "application/pdf", b"%PDF-1.4\n")])
    second = message(2, [forwarded(message(3, [attachment("list.zip", "application/zip", one)]))])
    when = "From office@party.example Fri Mar  1 10:00:00 2024\n"
    files = {
        "members.csv": MEMBERS.encode(),
        "people.xlsx": xlsx(),
        "strict1904.xlsx": xlsx_strict_1904(),
        "doctype.xlsx": xlsx('<!DOCTYPE x [<!ENTITY a "aaaa">]>' + PEOPLE),
        "people.ods": ods(),
        "locked.ods": ods("no XML", '<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry>'),
        "one.zip": one,
        "several.zip": archive([("subscribed.csv", MEMBERS), ("cleaned.csv", CLEANED)]),
        "workbook.zip": archive([("people.xlsx", xlsx()), ("readme.txt", README)]),
        "inner.zip": archive([("one.zip", one)]),
        "deep.zip": archive([("inner.zip", archive([("people.xlsx", xlsx())]))]),
        "nothing.zip": archive([("readme.txt", README)]),
        "names.zip": archive([("../../etc/members.csv", MEMBERS), ("/root/a\x1b[2Jb.csv", CLEANED)]),
        "unicode.zip": archive([("Mitgliederlïste/Zoë.csv", MEMBERS)]),
        "bomb.zip": archive([("bomb.csv", b"a,b\n" * (20 << 20))], zipfile.ZIP_BZIP2),
        "strong.zip": strongly_encrypted(),
        "method.zip": patched(archive([("members.csv", MEMBERS)]), 8, 10, 97),
        "damaged.zip": archive([("members.csv", MEMBERS)], zipfile.ZIP_STORED).replace(b"Ada", b"Eve"),
        "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        "message.eml": first.encode(),
        "mailbox.mbox": (when + first + "\n" + when + second).encode(),
    }
    for name, content in files.items():
        with open(os.path.join(HERE, name), "wb") as f:
            f.write(content)
    path = os.path.join(HERE, "zipcrypto.zip")
    encrypted(path, ["zip", "-q", "-X", "-P", PASSWORD, path, "members.csv"])
    path = os.path.join(HERE, "aes256.zip")
    encrypted(path, ["bsdtar", "--format", "zip", "--options", "zip:encryption=aes256", "--passphrase", PASSWORD, "-cf", path,
                     "members.csv"])


main()
