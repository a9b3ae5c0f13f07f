// Every alternative of every switch changes an answer: issue 3 §2,
// databricks-api.md §8. Local only: a real workspace has no switches.

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "conformance_table.h"
#include "server/local_server.h"
#include "testing/switch_values.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

const std::string kPy = "# Databricks notebook source\nprint(1)\n";
constexpr std::size_t kOverCap = 10'485'761;
const std::string kFiles = "/api/2.0/workspace-files/";

/// Under `setting`, after `before`, `request` answers so.
struct SwitchRow {
  std::string setting;
  std::vector<WireRequest> before;
  WireRequest request;
  int status = 200;
  std::string code;
  Check check;
};

void PrintTo(const SwitchRow& row, std::ostream* out) {
  *out << row.setting;
}

/// Equal to the answer of the same request before the last step.
Check Changed(std::string name, bool changed) {
  return [=](const WireAnswer&, const Json& json) {
    // Run() puts the field's earlier value beside the later one.
    const bool differs = json[name] != json["before"][name];
    return differs == changed
               ? ""
               : fmt::format("{} was {}, is {}", name,
                             json["before"][name].dump(), json[name].dump());
  };
}

std::vector<SwitchRow> Rows() {
  const std::string home = "/Users/ada@example.com";
  const WireRequest file = PutFile("/Shared/f", "f");
  const WireRequest again = PutFile("/Shared/f", "f");
  const WireRequest notebook = PutNotebook("/Shared/n", "PYTHON", kPy);
  const WireRequest moved = Rename("/Shared/f", "/Shared/g");
  return {
      {"rename=refuse",
       {file, PutFile("/Shared/g", "g")},
       moved,
       400,
       "RESOURCE_ALREADY_EXISTS",
       {}},
      {"rename=absent",
       {file},
       moved,
       404,
       "ENDPOINT_NOT_FOUND",
       Message("No API found for 'POST /workspace/rename'")},
      {"id-after-rename=new",
       {file, Status("/Shared/f"), moved},
       Status("/Shared/g"),
       200,
       "",
       Changed("object_id", true)},
      {"modified-at-after-rename=bump",
       {file, Status("/Shared/f"), moved},
       Status("/Shared/g"),
       200,
       "",
       Changed("modified_at", true)},
      {"size=yes", {file}, Status("/Shared/f"), 200, "", Field("size", 1)},
      {"list-files=refused",
       {},
       Get(kFiles + "list-files?path=/Shared"),
       403,
       "PERMISSION_DENIED",
       {}},
      {"workspace-files=missing",
       {file},
       Get(kFiles + "object-info?path=/Shared/f"),
       403,
       "PERMISSION_DENIED",
       {}},
      {"workspace-files=missing",
       {},
       ImportFile("/Shared/x", "x", true),
       403,
       "PERMISSION_DENIED",
       {}},
      {"export-cap=10485760",
       {PutFile("/Shared/big", std::string(kOverCap, 'x'))},
       Export("/Shared/big"),
       400,
       "BAD_REQUEST",
       Message("File size imported is (10485761 bytes), exceeded max size "
               "(10485760 bytes)")},
      {"keep-id-on-overwrite=no",
       {file, Status("/Shared/f"), again},
       Status("/Shared/f"),
       200,
       "",
       Changed("object_id", true)},
      {"modified-at-on-same-bytes=keep",
       {file, Status("/Shared/f"), again},
       Status("/Shared/f"),
       200,
       "",
       Changed("modified_at", false)},
      {"directory-times=yes",
       {},
       Status("/Shared"),
       200,
       "",
       HasField("modified_at")},
      {"notebook-times=no",
       {notebook},
       Status("/Shared/n"),
       200,
       "",
       NoField("modified_at")},
      {"notebook-clash=allow",
       {notebook},
       PutFile("/Shared/n.py", "x"),
       200,
       "",
       {}},
      {"multipart-empty-part=refused",
       {},
       PutFile("/Shared/e", ""),
       400,
       "",
       MessageHas("No input data source provided")},
      {"raw=refused", {}, file, 400, "INVALID_PARAMETER_VALUE", {}},
      {"empty-ipynb=400",
       {},
       Import("/Shared/e.ipynb", "", {{"format", "AUTO"}}),
       400,
       "INVALID_PARAMETER_VALUE",
       {}},
      {"file-exists=409",
       {file},
       Import("/Shared/f", "", {{"format", "AUTO"}}),
       409,
       "ALREADY_EXISTS",
       MessageHas("Node with name /Shared/f already exists.")},
      {"file-exists=409-no-code",
       {file},
       Import("/Shared/f", "", {{"format", "AUTO"}}),
       409,
       "-",
       MessageHas("Node with name /Shared/f already exists.")},
      {"notebook-exists=new",
       {notebook},
       Import("/Shared/n.py", kPy, {{"format", "AUTO"}}),
       400,
       "-",
       MessageHas("RESOURCE_ALREADY_EXISTS: /Shared/n already exists.")},
      {"import-answer=empty", {}, file, 200, "", Body("{}")},
      {"delete-protected=allow", {}, Delete(home, true), 200, "", {}},
      {"create-in-root=refused",
       {},
       Mkdirs("/new"),
       403,
       "PERMISSION_DENIED",
       {}},
      {"trailing-slash=refuse",
       {},
       Status("/Shared/"),
       400,
       "INVALID_PARAMETER_VALUE",
       {}},
      {"dot-segments=literal", {}, Mkdirs("/Shared/../x"), 200, "", {}},
      {"export-info=no",
       {notebook},
       Status("/Shared/n", "&return_export_info=true"),
       200,
       "",
       NoField("repos_export_format")},
      {"directory-export=refused",
       {},
       Export("/Shared", "SOURCE"),
       400,
       "INVALID_PARAMETER_VALUE",
       {}},
  };
}

class SwitchTest : public testing::TestWithParam<SwitchRow> {};

TEST_P(SwitchTest, ChangesTheAnswer) {
  const SwitchRow& row = GetParam();
  ServeOptions options;
  options.switches = {row.setting};
  const auto server = LocalWorkspaceServer::Start(options);
  ASSERT_TRUE(server.ok()) << server.error().message();
  ConformanceClient client((*server)->url(), (*server)->token());
  Json before;
  for (const WireRequest& request : row.before) {
    const WireAnswer answer = client.Send(request);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json json = Json::parse(answer.body, nullptr, false);
    if (json.is_object() && json.contains("path")) before = json;
  }

  const WireAnswer answer = client.Send(row.request);

  Json json = Json::parse(answer.body, nullptr, false);
  EXPECT_EQ(answer.status, row.status) << answer.body.substr(0, 300);
  if (row.code == "-") {
    EXPECT_FALSE(json.contains("error_code"));
  } else if (!row.code.empty()) {
    EXPECT_EQ(json["error_code"], row.code);
  }
  if (!before.is_null()) json["before"] = before;
  if (row.check) {
    EXPECT_EQ(row.check(answer, json), "") << answer.body.substr(0, 300);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, SwitchTest, testing::ValuesIn(Rows()));

TEST(SwitchTableTest, HoldsEveryAlternative) {
  std::set<std::string> tested;
  for (const SwitchRow& row : Rows()) tested.insert(row.setting);

  for (const SwitchValue& other : OtherValues())
    EXPECT_TRUE(tested.contains(other.text())) << other.text() << " has no row";
}

TEST(SwitchTableTest, AWrongSwitchIsToldInASentence) {
  Switches switches;

  const auto name = switches.SetFromText("sizes=yes");
  const auto value = switches.SetFromText("size=perhaps");

  EXPECT_TRUE(name.error().message().contains("--switches"));
  EXPECT_TRUE(value.error().message().contains("no|yes"));
  EXPECT_TRUE(DescribeSwitches().contains("rename=replace|refuse|absent"));
}

}  // namespace
}  // namespace wsfs
