#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "control/control_client.h"
#include "control/control_server.h"
#include "control/socket.h"
#include "control/systemd.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

SteadyTime In(int seconds) {
  return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

ControlRequest Verb(const std::string& verb) {
  return {.verb = verb, .arguments = {}};
}

class ControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::current_path() / "control" /
              (std::to_string(::getpid()) + test->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static ControlReply Echo(const ControlRequest& request,
                           const std::shared_ptr<CancelToken>& /*cancel*/) {
    return {.exit_code = 5,
            .out = request.verb + " " + request.Get("dir"),
            .err = "",
            .body = R"({"a":1})"};
  }

  fs::path folder_;
};

TEST_F(ControlTest, CarriesARequestAndItsAnswer) {
  const auto server = ControlServer::Start(folder_ / "s", Echo);
  ASSERT_TRUE(server.ok());

  const auto reply = AskEngine(
      folder_ / "s", {.verb = "unmount", .arguments = {{"dir", "/x\n\xff\"y"}}},
      In(10));

  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_EQ(reply->exit_code, 5);
  EXPECT_THAT(reply->out, HasSubstr("unmount /x\n"));
  EXPECT_EQ(reply->body, R"({"a":1})");
}

TEST_F(ControlTest, WorksAtPathsLongerThanTheKernels) {
  const fs::path deep = folder_ / std::string(120, 'd');
  fs::create_directories(deep);
  const auto server = ControlServer::Start(deep / "control", Echo);
  ASSERT_TRUE(server.ok()) << server.error().message();

  EXPECT_TRUE(EngineAnswers(deep / "control"));
  struct stat status = {};
  ASSERT_EQ(::stat((deep / "control").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ControlTest, SaysWhenNobodyListens) {
  const auto reply = AskEngine(folder_ / "s", Verb("ping"), In(1));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code(), Errc::kNotFound);
}

TEST_F(ControlTest, TakesThePlaceOfADeadSocket) {
  {
    const auto dead = ListenAt(folder_ / "s");
  }
  EXPECT_FALSE(EngineAnswers(folder_ / "s"));

  const auto server = ControlServer::Start(folder_ / "s", Echo);

  EXPECT_TRUE(EngineAnswers(folder_ / "s"));
}

TEST_F(ControlTest, CancelsAHandlerWhoseClientHasGone) {
  std::atomic<bool> began = false;
  std::atomic<bool> cancelled = false;
  auto server = ControlServer::Start(
      folder_ / "s", [&](const ControlRequest& /*request*/,
                         const std::shared_ptr<CancelToken>& cancel) {
        began = true;
        while (!cancel->cancelled()) std::this_thread::yield();
        cancelled = true;
        return ControlReply();
      });
  ASSERT_TRUE(server.ok());
  {
    const auto fd = ConnectTo(folder_ / "s");
    ASSERT_TRUE(SendLine(fd->get(), ToLine(Verb("sync")), In(5)).ok());
    while (!began) std::this_thread::yield();
  }
  while (!cancelled) std::this_thread::yield();
}

TEST_F(ControlTest, EndsWhileClientsWait) {
  std::atomic<int> began = 0;
  auto server = ControlServer::Start(
      folder_ / "s", [&](const ControlRequest& /*request*/,
                         const std::shared_ptr<CancelToken>& cancel) {
        ++began;
        while (!cancel->cancelled()) std::this_thread::yield();
        ControlReply reply;
        reply.exit_code = 7;
        return reply;
      });
  const auto idle = ConnectTo(folder_ / "s");
  const auto fd = ConnectTo(folder_ / "s");
  ASSERT_TRUE(SendLine(fd->get(), ToLine(Verb("sync")), In(5)).ok());
  while (began == 0) std::this_thread::yield();

  server->reset();

  const auto line = ReceiveLine(fd->get(), In(5));
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(ParseReply(*line)->exit_code, 7);
  EXPECT_FALSE(fs::exists(folder_ / "s"));
}

TEST_F(ControlTest, RefusesWhatIsNoMessage) {
  for (const char* line :
       {"", "{", "[]", "{}", R"({"version":1})", R"({"version":2,"verb":"x"})",
        R"({"version":1,"verb":7})",
        R"({"version":1,"verb":"x","arguments":[1]})"}) {
    EXPECT_FALSE(ParseRequest(line).ok()) << line;
  }
}

TEST_F(ControlTest, TellsSystemd) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = "@wsfs-test-" + std::to_string(::getpid());
  name.copy(address.sun_path, name.size());
  address.sun_path[0] = '\0';
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                          name.size())),
            0);

  ASSERT_TRUE(NotifySystemd(name, "READY=1"));

  std::array<char, 32> got{};
  ASSERT_EQ(::recv(fd.get(), got.data(), got.size(), 0), 7);
  EXPECT_STREQ(got.data(), "READY=1");
  EXPECT_FALSE(NotifySystemd("", "READY=1"));
}

}  // namespace
}  // namespace wsfs
