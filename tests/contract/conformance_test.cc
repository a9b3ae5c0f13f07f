// The conformance table against the local workspace, or, when told so, against
// a real one:
//
//   DATABRICKS_HOST=… DATABRICKS_TOKEN=… wsfs_contract_test
//       --gtest_filter='*Conformance*' --yes-use-a-scratch-folder
//
// It works in one new folder of the user's home and deletes it at the end.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "conformance_table.h"
#include "server/local_server.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

bool WasTold(std::string_view flag) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string arguments((std::istreambuf_iterator<char>(file)), {});
  return arguments.find(std::string(1, '\0').append(flag)) != std::string::npos;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The workspace under test, and the scratch folder in it.
class Subject {
 public:
  Subject() {
    const std::string host = Environment("DATABRICKS_HOST");
    if (!host.empty() && WasTold("--yes-use-a-scratch-folder")) {
      client_ = std::make_unique<ConformanceClient>(
          host, Environment("DATABRICKS_TOKEN"));
    } else {
      auto server = LocalWorkspaceServer::Start({});
      if (!server.ok()) return;
      server_ = *std::move(server);
      client_ =
          std::make_unique<ConformanceClient>(server_->url(), server_->token());
    }
    const WireAnswer me = client_->Send(Get("/api/2.0/preview/scim/v2/Me"));
    const Json json = Json::parse(me.body, nullptr, false);
    if (!json.is_object() || !json.contains("userName")) return;
    scratch_ = fmt::format("/Users/{}/wsfs-conformance-{}-{}",
                           json["userName"].get<std::string>(), ::getpid(),
                           std::time(nullptr));
    if (client_->Send(Mkdirs(scratch_)).status != 200) scratch_.clear();
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  ~Subject() {
    if (!scratch_.empty()) client_->Send(Delete(scratch_, true));
  }

  ConformanceClient& client() { return *client_; }
  const std::string& scratch() const { return scratch_; }

 private:
  std::unique_ptr<LocalWorkspaceServer> server_;
  std::unique_ptr<ConformanceClient> client_;
  std::string scratch_;
};

std::string Replace(std::string text, std::string_view from,
                    std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos;
       at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

constexpr std::size_t kEleven = 11 << 20;

WireRequest InFolder(WireRequest request, const std::string& folder) {
  request.target = Replace(request.target, "%24S", EscapeUrl(folder));
  // import-file leaves out the leading slash, and "$S" may be escaped there.
  request.target = Replace(request.target, "import-file/S",
                           "import-file/" + EscapeUrl(folder.substr(1)));
  request.body = Replace(request.body, "$S", folder);
  // Made here: a table that held them would slow the start of every test.
  request.body = Replace(request.body, "$11MB$", std::string(kEleven, 'x'));
  if (request.body.contains("$11MB in base64$")) {
    std::string encoded;
    while (encoded.size() < kEleven / 3 * 4) encoded += "eHh4";
    request.body = Replace(request.body, "$11MB in base64$", encoded + "eHg=");
  }
  return request;
}

/// Checks are written with "$S": the answer is read back the same way.
WireAnswer OutOfFolder(WireAnswer answer, const std::string& folder) {
  answer.body = Replace(answer.body, folder, "$S");
  return answer;
}

std::string CodeOf(const Json& json) {
  if (!json.is_object() || !json.contains("error_code")) return "-";
  const Json& code = json["error_code"];
  const std::string text =
      code.is_string() ? code.get<std::string>() : code.dump();
  return text.empty() ? "-" : text;
}

void Ask(const Row& row, const std::string& folder, Subject& subject) {
  SCOPED_TRACE(fmt::format("{} (grade {}, databricks-api.md §{})", row.name,
                           row.grade, row.section));
  const WireAnswer answer =
      OutOfFolder(subject.client().Send(InFolder(row.request, folder)), folder);
  const Json json = Json::parse(answer.body, nullptr, false);
  EXPECT_EQ(answer.status, row.status) << answer.body.substr(0, 300);
  if (!row.code.empty()) {
    EXPECT_EQ(CodeOf(json), row.code) << answer.body.substr(0, 300);
  }
  if (row.check) {
    EXPECT_EQ(row.check(answer, json), "") << answer.body.substr(0, 300);
  }
}

std::vector<Group> AllGroups() {
  std::vector<Group> all;
  for (auto* groups :
       {&ReadGroups, &WriteGroups, &ImportGroups, &NotebookGroups}) {
    for (Group& group : groups()) all.push_back(std::move(group));
  }
  return all;
}

class ConformanceTest : public testing::TestWithParam<Group> {};

TEST_P(ConformanceTest, AnswersAsTheTableSays) {
  Subject subject;
  ASSERT_FALSE(subject.scratch().empty()) << "the workspace cannot be reached";
  const std::string folder = subject.scratch() + "/" + GetParam().name;
  ASSERT_EQ(subject.client().Send(Mkdirs(folder)).status, 200);

  for (const Row& row : GetParam().rows) Ask(row, folder, subject);
}

INSTANTIATE_TEST_SUITE_P(Table, ConformanceTest, testing::ValuesIn(AllGroups()),
                         [](const auto& group) { return group.param.name; });

TEST(ConformanceTableTest, IsLargeAndCarriesItsEvidence) {
  std::size_t rows = 0;
  for (const Group& group : AllGroups()) {
    for (const Row& row : group.rows) {
      EXPECT_FALSE(row.grade.empty()) << row.name;
      EXPECT_FALSE(row.section.empty()) << row.name;
      ++rows;
    }
  }
  EXPECT_GE(rows, 120U);
}

}  // namespace

void PrintTo(const Group& group, std::ostream* out) {
  *out << group.name;
}

}  // namespace wsfs
