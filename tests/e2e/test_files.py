"""Files of people as they come: spreadsheets with more than one sheet, archives of several tables."""
import io
import zipfile

from tap import MEMBERS, NOW, equal, expect, run_all

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
PEOPLE = MEMBERS + "1,Mavo,Testril,mavo@members.example,QA1 0AA,2015-01-01,2019-01-01,Current\n"


def workbook(*sheets):
    """(name, state, rows) each; all cells are texts."""
    book = links = ""
    parts = [("[Content_Types].xml", "<Types/>")]
    for i, (name, state, rows) in enumerate(sheets, 1):
        book += f'<sheet name="{name}" sheetId="{i}" state="{state}" r:id="r{i}"/>'
        links += f'<Relationship Id="r{i}" Type="{LINK}/worksheet" Target="worksheets/s{i}.xml"/>'
        cells = "".join("<row>%s</row>" % "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) for row in rows)
        parts.append((f"xl/worksheets/s{i}.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'))
    parts.append(("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><sheets>{book}</sheets></workbook>'))
    parts.append(("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{RELS}">{links}</Relationships>'))
    return archive(*parts)


def archive(*parts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in parts:
            z.writestr(name, content)
    return data.getvalue()


def recorded(house, name, *more):
    return house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", name, "--source", "crm",
                     "--approved-by", "office", "--json", *more, now="2018-06-16T09:00:00Z").exits(0)


def sheets_that_are_not_read_are_told_of_hidden_ones_too(house):
    house.init().exits(0)
    house.write("m.csv", PEOPLE)
    house.run("import", "m.csv", "--source", "crm", "--full", now=NOW).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=NOW).exits(0)
    sheet = [("Contact ID", "Email"), ("1", "mavo@members.example")]
    book = workbook(("People", "visible", sheet), ("Old", "hidden", sheet), ("Older", "veryHidden", sheet), ("More", "visible", sheet))
    for name, data, wanted in (("plain.xlsx", book, ["Old", "Older", "More"]),
                               ("packed.zip", archive(("list.xlsx", book), ("rest.csv", "Email\nx@members.example\n")),
                                ["list.xlsx/Old", "list.xlsx/Older", "list.xlsx/More", "rest.csv"])):
        more = ("--member", "list.xlsx/People") if name == "packed.zip" else ()
        answer = recorded(house, house.write(name, data), *more)
        equal(answer.json()["other_tables"], wanted, name)
        expect('--member "%s"' % wanted[0] in answer.err, answer.err)
    equal(recorded(house, "packed.zip", "--member", "list.xlsx/Older").json()["people"], 1, "a hidden sheet, named")


if __name__ == "__main__":
    run_all([sheets_that_are_not_read_are_told_of_hidden_ones_too])
