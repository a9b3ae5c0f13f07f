#include "testing/memory_workspace.h"

#include <gtest/gtest.h>

#include "base/thread.h"

namespace wsfs {
namespace {

class MemoryWorkspaceTest : public testing::Test {
 protected:
  static RemotePath Home(std::string_view name) {
    return *RemotePath::Parse("/Users/ada@example.com/" + std::string(name));
  }
  static CallOptions Options() {
    CallOptions options;
    options.deadline = RealClock().Now() + std::chrono::seconds(20);
    return options;
  }
  Result<void> Put(std::string_view name, std::string_view text,
                   bool overwrite) {
    StringSource source(text);
    return workspace_.Import(
        {Home(name), ImportFormat::kRaw, Language::kNone, overwrite}, source,
        Options());
  }

  MemoryWorkspace workspace_;
};

TEST_F(MemoryWorkspaceTest, WritesAndReadsBack) {
  ASSERT_TRUE(Put("a.txt", "hello", false).ok());
  StringSink sink;
  ASSERT_TRUE(
      workspace_.Export(Home("a.txt"), ExportFormat::kAuto, sink, Options())
          .ok());

  EXPECT_EQ(sink.text(), "hello");
  EXPECT_EQ(Put("a.txt", "x", false).error().code(), Errc::kAlreadyExists);
  EXPECT_EQ(workspace_.CountOf("import"), 2);
  EXPECT_EQ(workspace_.Calls()[0].path, Home("a.txt").text());
}

TEST_F(MemoryWorkspaceTest, WordsFailuresAsTheSeamPromises) {
  workspace_.PutFile(Home("f").text(), "f");
  workspace_.PutNotebook(Home("n").text(), Language::kPython, "1");

  const auto options = Options();
  EXPECT_EQ(workspace_.GetStatus(Home("x"), options).error().code(),
            Errc::kNotFound);
  EXPECT_EQ(workspace_.List(Home("f"), options).error().code(),
            Errc::kNotADirectory);
  EXPECT_EQ(workspace_.Mkdirs(Home("f/d"), options).error().code(),
            Errc::kAlreadyExists);
  EXPECT_EQ(Put("n", "x", true).error().code(), Errc::kTypeMismatch);
  EXPECT_EQ(Put("n", "x", false).error().code(), Errc::kAlreadyExists);
  EXPECT_EQ(Put("no/x", "x", false).error().code(), Errc::kNotFound);
  StringSink sink;
  EXPECT_EQ(
      workspace_.Export(Home("f").Parent(), ExportFormat::kAuto, sink, options)
          .error()
          .code(),
      Errc::kIsADirectory);
  workspace_.Set("list-files", "refused");
  EXPECT_EQ(workspace_.ListFiles(Home("f").Parent(), options).error().code(),
            Errc::kUnsupported);
}

TEST_F(MemoryWorkspaceTest, AFaultAfterTheCallLosesOnlyTheAnswer) {
  workspace_.Fail("import", Errc::kUnavailable, 1);
  workspace_.Fail("import", Errc::kOutcomeUnknown, 1,
                  MemoryWorkspace::Side::kAfter);

  EXPECT_EQ(Put("a", "1", false).error().code(), Errc::kUnavailable);
  EXPECT_FALSE(workspace_.Has(Home("a").text()));
  EXPECT_EQ(Put("a", "1", false).error().code(), Errc::kOutcomeUnknown);
  EXPECT_TRUE(workspace_.Has(Home("a").text()));
  EXPECT_TRUE(Put("a", "2", true).ok());
}

TEST_F(MemoryWorkspaceTest, AHeldCallWaitsUntilItIsLetGo) {
  workspace_.Hold("get-status");
  Result<ObjectInfo> answer = Error(Errc::kIo, "none");
  Thread caller("caller", [&] {
    answer = workspace_.GetStatus(Home("x").Parent(), Options());
  });

  ASSERT_TRUE(workspace_.WaitUntilHeld(1));
  workspace_.LetGo("get-status");
  caller.Join();

  EXPECT_TRUE(answer.ok());
}

TEST_F(MemoryWorkspaceTest, ACancelledHeldWriteHasAnUnknownOutcome) {
  workspace_.Hold("import");
  auto options = Options();
  options.cancel = std::make_shared<CancelToken>();
  Result<void> answer;
  Thread caller("caller", [&] {
    StringSource source("x");
    answer = workspace_.Import({Home("x")}, source, options);
  });

  ASSERT_TRUE(workspace_.WaitUntilHeld(1));
  options.cancel->Cancel();
  caller.Join();

  EXPECT_EQ(answer.error().code(), Errc::kOutcomeUnknown);
}

TEST_F(MemoryWorkspaceTest, TellsTheServicesDate) {
  CallTimes times;
  auto options = Options();
  options.times = &times;

  ASSERT_TRUE(workspace_.Me(options).ok());

  ASSERT_TRUE(times.service_date_ms.has_value());
  EXPECT_EQ(*times.service_date_ms % 1000, 0);
  EXPECT_LE(times.sent_ms, times.answered_ms);
}

}  // namespace
}  // namespace wsfs
