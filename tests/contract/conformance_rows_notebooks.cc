#include "conformance_table.h"

namespace wsfs {
namespace {

const std::string kHeader = "# Databricks notebook source\n";
const std::string kCells = kHeader +
                           "# MAGIC %md\n# MAGIC # Title\n\n"
                           "# COMMAND ----------\n\nprint(1)\n";
const std::string kIpynb =
    R"j({"cells":[{"cell_type":"code","execution_count":1,"metadata":{},)j"
    R"j("outputs":[{"name":"stdout","output_type":"stream","text":["1\n"]}],)j"
    R"j("source":["print(1)"]}],"metadata":{"language_info":)j"
    R"j({"name":"python"}},"nbformat":4,"nbformat_minor":0})j";
const std::string kSqlIpynb =
    R"j({"cells":[],"metadata":{"application/vnd.databricks.v1+notebook":)j"
    R"j({"language":"sql"}},"nbformat":4,"nbformat_minor":0})j";

Group Source() {
  return {
      "Source",
      {
          {"no newline at the end",
           PutNotebook("$S/a", "PYTHON", kHeader + "print('x')"),
           200,
           "",
           {},
           "A",
           "2.2"},
          {"comes back the same", Export("$S/a", "SOURCE"), 200, "",
           Body(kHeader + "print('x')"), "A", "2.2"},
          {"a newline at the end",
           PutNotebook("$S/a", "PYTHON", kHeader + "print('x')\n"),
           200,
           "",
           {},
           "A",
           "2.2"},
          {"comes back with it", Export("$S/a", "SOURCE"), 200, "",
           Body(kHeader + "print('x')\n"), "A", "2.2"},
          {"AUTO is its own format", Export("$S/a", "AUTO"), 200, "",
           Body(kHeader + "print('x')\n"), "C", "1.6"},
          {"without a header",
           PutNotebook("$S/b", "SQL", " SELECT 1"),
           200,
           "",
           {},
           "A",
           "1.5"},
          {"it is added", Export("$S/b", "SOURCE"), 200, "",
           Body("-- Databricks notebook source\n SELECT 1"), "A", "1.6"},
          {"SOURCE keeps an extension in the name",
           PutNotebook("$S/x.py", "PYTHON", "1"),
           200,
           "",
           {},
           "A",
           "1.5"},
          {"it does", Status("$S/x.py"), 200, "",
           Field("object_type", "NOTEBOOK"), "A", "1.5"},
          {"JSON tells the language", Export("$S/a", "SOURCE", false), 200, "",
           Field("file_type", "py"), "C", "1.6"},
          {"as JUPYTER", Export("$S/a", "JUPYTER"), 200, "",
           All({Field("nbformat", 4),
                Field("metadata.language_info.name", "python")}),
           "A", "1.6"},
          {"cells",
           PutNotebook("$S/c", "PYTHON", kCells),
           200,
           "",
           {},
           "A",
           "1.5"},
          {"become cells", Export("$S/c", "JUPYTER"), 200, "",
           [](const WireAnswer&, const nlohmann::json& json) {
             const bool right = json["cells"].size() == 2 &&
                                json["cells"][0]["cell_type"] == "markdown" &&
                                json["cells"][1]["cell_type"] == "code";
             return std::string(right ? "" : "not one text, one code cell");
           },
           "C", "1.6"},
          {"an overwrite keeps the object",
           PutNotebook("$S/c", "PYTHON", kHeader),
           200,
           "",
           {},
           "E",
           "3"},
          {"its format is SOURCE", Status("$S/c", "&return_export_info=true"),
           200, "", Field("repos_export_format", "SOURCE"), "A", "1.1"},
      }};
}

Group Jupyter() {
  return {
      "Jupyter",
      {
          {"AUTO",
           Import("$S/a.ipynb", kIpynb, {{"format", "AUTO"}}),
           200,
           "",
           {},
           "A",
           "1.5"},
          {"strips the extension", Status("$S/a", "&return_export_info=true"),
           200, "",
           All({Field("object_type", "NOTEBOOK"), Field("language", "PYTHON"),
                Field("repos_export_format", "JUPYTER")}),
           "A", "1.5"},
          {"as SOURCE it is converted", Export("$S/a", "SOURCE"), 200, "",
           Body(kHeader + "print(1)"), "A", "1.6"},
          {"as JUPYTER it keeps its outputs", Export("$S/a", "JUPYTER"), 200,
           "", All({Field("nbformat", 4), BodyHas("stdout")}), "A", "1.6"},
          {"AUTO gives its own format", Export("$S/a", "AUTO"), 200, "",
           Field("nbformat", 4), "C", "1.6"},
          {"JUPYTER keeps the name",
           Form({{"path", "$S/b"},
                 {"format", "JUPYTER"},
                 {"content", kSqlIpynb}}),
           200,
           "",
           {},
           "C",
           "1.5"},
          {"the language is read from it", Status("$S/b"), 200, "",
           Field("language", "SQL"), "B", "1.5"},
          {"not a notebook",
           Import("$S/c", "{}", {{"format", "JUPYTER"}}),
           400,
           "",
           {},
           "E",
           "1.5"},
          {"an empty .ipynb under AUTO",
           Import("$S/d.ipynb", "", {{"format", "AUTO"}}),
           200,
           "",
           {},
           "D",
           "1.5"},
          {"is a file", Status("$S/d.ipynb"), 200, "",
           Field("object_type", "FILE"), "D", "1.5"},
          {"a designer file",
           Import("$S/e.designer.ipynb", kIpynb, {{"format", "AUTO"}}),
           200,
           "",
           {},
           "B",
           "1.5"},
          {"keeps its name and type", Status("$S/e.designer.ipynb"), 200, "",
           Field("object_type", "DESIGNER_FILE"), "B", "1.5"},
          {"SOURCE over it",
           PutNotebook("$S/a", "PYTHON", kHeader),
           200,
           "",
           {},
           "B",
           "2.2"},
          {"changes the format", Status("$S/a", "&return_export_info=true"),
           200, "", Field("repos_export_format", "SOURCE"), "B", "2.2"},
      }};
}

}  // namespace

std::vector<Group> NotebookGroups() {
  return {Source(), Jupyter()};
}

}  // namespace wsfs
