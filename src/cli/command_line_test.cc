// Commands in-process: the same functions the program runs.

#include "cli/command_line.h"

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sync.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "cli/arguments.h"
#include "cli/engine_report.h"
#include "cli/mount_plan.h"
#include "cli/places.h"
#include "fuse/mount_point.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A command's world, in a folder of its own.
class World {
 public:
  explicit World(const std::string& name)
      : folder_(fs::current_path() / "cli" /
                (std::to_string(::getpid()) + name)) {
    fs::create_directories(folder_ / "home");
    environment_ = {{"HOME", folder_ / "home"},
                    {"XDG_STATE_HOME", folder_ / "state"},
                    {"XDG_DATA_HOME", folder_ / "data"}};
  }
  ~World() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  int Run(const std::vector<std::string>& arguments, int signals = -1) {
    Io io;
    io.out = [this](std::string_view text) { Append(out_, text); };
    io.err = [this](std::string_view text) { Append(err_, text); };
    io.environment =
        [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment_.find(std::string(name));
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
    io.signals = signals;
    io.leave = [](int /*code*/) {};
    return RunCommandLine(arguments, io);
  }

  fs::path folder() const { return folder_; }
  std::map<std::string, std::string>& environment() { return environment_; }
  std::string out() EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return out_;
  }
  std::string err() EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return err_;
  }

 private:
  void Append(std::string& to, std::string_view text) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    to += text;
  }

  fs::path folder_;
  std::map<std::string, std::string> environment_;
  Mutex mutex_;
  std::string out_;
  std::string err_;
};

TEST(CommandLine, SaysWhereToStartWhenAskedNothing) {
  World world("start");
  EXPECT_EQ(world.Run({}), 0);
  EXPECT_THAT(world.out(), HasSubstr("wsfs mount --demo"));
}

TEST(CommandLine, ListsItsCommandsAndVersion) {
  World world("help");
  EXPECT_EQ(world.Run({"--help"}), 0);
  for (const char* command : {"mount", "unmount", "status", "sync", "serve"})
    EXPECT_THAT(world.out(), HasSubstr(command));
  EXPECT_EQ(world.Run({"--version"}), 0);
  EXPECT_THAT(world.out(), HasSubstr("wsfs 0."));
  EXPECT_EQ(world.Run({"mount", "--help"}), 0);
  EXPECT_THAT(world.out(), HasSubstr("--read-only"));
}

TEST(CommandLine, SaysWhatIsWrongWithWords) {
  const std::vector<std::vector<std::string>> wrong = {
      {"mount"},
      {"mount", "--no-such-flag", "x"},
      {"mount", "a", "b", "c"},
      {"mount", "--log-level", "loud", "x"},
      {"mount", "--writes", "sometimes", "x"},
      {"mount", "--fsync", "through", "x"},
      {"mount", "--merge", "sometimes", "x"},
      {"mount", "--poll-rate", "101", "x"},
      {"mount", "--poll-rate", "-1", "x"},
      {"mount", "--deadline", "soon", "x"},
      {"unmount"},
      {"nonsense"},
  };
  for (const auto& words : wrong) {
    World world("usage");
    EXPECT_EQ(world.Run(words), kExitUsage) << words.back();
    EXPECT_THAT(world.err(), HasSubstr("wsfs: "));
  }
}

TEST(CommandLine, KnowsWhatIsNotMounted) {
  World world("plain");
  for (const char* command : {"unmount", "status", "sync"})
    EXPECT_EQ(world.Run({command, world.folder()}), kExitNotMounted) << command;
}

TEST(CommandLine, NeedsCredentialsBeforeAnythingElse) {
  World world("credentials");
  EXPECT_EQ(world.Run({"mount", "--foreground", world.folder() / "m"}),
            kExitCredentials);
  EXPECT_THAT(world.err(), HasSubstr("DATABRICKS_HOST"));
  EXPECT_FALSE(fs::exists(world.folder() / "m"));
}

TEST(CommandLine, SaysThatTheServiceIsAway) {
  World world("away");
  world.environment()["DATABRICKS_HOST"] = "http://127.0.0.1:1";
  world.environment()["DATABRICKS_TOKEN"] = "dapi-secret-1";
  EXPECT_EQ(world.Run({"mount", "--foreground", world.folder() / "m"}),
            kExitUnreachable);
  EXPECT_THAT(world.err(), Not(HasSubstr("dapi-secret-1")));
}

TEST(Arguments, ReadTimes) {
  EXPECT_EQ(*ParseDuration("5s"), Milliseconds(5'000));
  EXPECT_EQ(*ParseDuration("500ms"), Milliseconds(500));
  EXPECT_EQ(*ParseDuration("1.5"), Milliseconds(1'500));
  EXPECT_EQ(*ParseDuration("2m"), Milliseconds(120'000));
  for (const char* wrong : {"", "s", "-1s", "5h", "1e99", "nan", "5 s"})
    EXPECT_FALSE(ParseDuration(wrong).ok()) << wrong;
}

TEST(Arguments, ReadRemoteFoldersAsPeopleWriteThem) {
  for (const char* text : {"/Users/a", "/Workspace/Users/a", "Users/a",
                           "/Users/a/", "/Workspace/Users/a//"})
    EXPECT_EQ(*NormalizeRemote(text), "/Users/a") << text;
  for (const char* text : {"/", "/Workspace", "/Workspace/", ""})
    EXPECT_EQ(*NormalizeRemote(text), "/") << text;
  EXPECT_EQ(*NormalizeRemote("/Workspaces"), "/Workspaces");
  EXPECT_FALSE(NormalizeRemote("/a/../b").ok());
}

TEST(Places, KeepAStoreForEachHostAndUser) {
  EXPECT_EQ(StoreOf("/s", "adb-1.net:8443", "ana@x.com"),
            "/s/adb-1.net_8443-ana@x.com");
  EXPECT_EQ(StoreOf("/s", "h", "../../etc"), "/s/h-.._.._etc");
}

TEST(Places, RememberWhoACredentialWas) {
  const World world("users");
  const KnownUsers users(world.folder() / "s");
  const Credential ana = {.host = "https://h", .token = "t1", .source = "test"};
  const Credential other = {
      .host = "https://h", .token = "t2", .source = "test"};

  users.Remember(ana, "ana@x.com");

  EXPECT_EQ(users.Find(ana), "ana@x.com");
  EXPECT_EQ(users.Find(other), std::nullopt);
  for (const auto& entry :
       fs::recursive_directory_iterator(world.folder() / "s"))
    EXPECT_EQ(fs::status(entry).permissions() &
                  (fs::perms::group_all | fs::perms::others_all),
              fs::perms::none);
}

TEST(Report, TellsTheWorstFirst) {
  SyncStatus status;
  EXPECT_EQ(SyncExitCode(status), kExitOk);
  status.service.health = Health::kOffline;
  EXPECT_EQ(SyncExitCode(status), kExitUnreachable);
  status.pending_count = 1;
  EXPECT_EQ(SyncExitCode(status), kExitNotSent);
  status.refused_count = 1;
  EXPECT_EQ(SyncExitCode(status), kExitFailed);
  status.conflict_count = 1;
  EXPECT_EQ(SyncExitCode(status), kExitConflicts);
}

TEST(Report, ShowsWhatWaitsAndWhy) {
  EngineReport report;
  report.host = "h";
  report.mounts = {{.id = 1,
                    .directory = "/m",
                    .remote = "/Users/a",
                    .read_only = false,
                    .policy = {}}};
  report.now = 5'000;
  report.sync.pending = {{.path = "/x\x1b[2J.py",
                          .operation = "put",
                          .state = PendingItem::State::kWaiting,
                          .error = "slow down",
                          .since = 1'000,
                          .next_try_ms = 2'000}};
  report.sync.pending_count = 1;
  report.sync.oldest_pending = 1'000;

  EXPECT_THAT(ToText(report), HasSubstr("h:/Users/a  →  /m"));
  EXPECT_THAT(ToText(report),
              HasSubstr("put /x?[2J.py: waiting, next try in 2.0 s (slow "
                        "down)"));
  EXPECT_THAT(ToJson(report), HasSubstr(R"("age_ms":4000)"));
}

TEST(Report, SaysWhatToDoAboutARefusal) {
  EngineReport report;
  report.sync.pending = {{.path = "/a.py",
                          .operation = "put",
                          .state = PendingItem::State::kRefused,
                          .error = "You may not write here.",
                          .since = 1'000,
                          .next_try_ms = 0}};
  report.sync.pending_count = 1;
  EXPECT_THAT(ToText(report), Not(HasSubstr("wsfs resolve")));
  report.sync.refused_count = 1;
  EXPECT_THAT(ToText(report), HasSubstr("You may not write here."));
  EXPECT_THAT(ToText(report), HasSubstr("wsfs resolve PATH --mine"));
}

TEST(Report, SaysHowTheServiceIs) {
  EngineReport report;
  report.user = "ana@example.com";
  EXPECT_THAT(ToText(report), HasSubstr("online, as ana@example.com"));
  report.sync.service = {.health = Health::kOffline,
                         .since = 1'700'000'000'000'000'000,
                         .why = "nobody\x1b listens"};
  EXPECT_THAT(ToText(report), HasSubstr("offline since "));
  EXPECT_THAT(ToText(report), HasSubstr("nobody? listens"));
  EXPECT_THAT(ToJson(report), HasSubstr(R"("service":"offline")"));
}

/// `wsfs mount --foreground` on a thread, its signals from a pipe.
class DemoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access("/dev/fuse", R_OK | W_OK) != 0)
      GTEST_SKIP() << "/dev/fuse is not there: this machine cannot mount";
  }

  struct Mounting {
    explicit Mounting(World& world, const fs::path& directory) {
      std::array<int, 2> ends{};
      if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
      read = UniqueFd(ends[0]);
      write = UniqueFd(ends[1]);
      thread = Thread("mount", [this, &world, directory] {
        code = world.Run({"mount", "--foreground", "--demo", directory},
                         read.get());
      });
    }
    void Signal() const {
      [[maybe_unused]] const auto sent = ::write(write.get(), "x", 1);
    }
    UniqueFd read;
    UniqueFd write;
    std::atomic<int> code = -1;
    Thread thread;
  };

  static void WaitMounted(World& world, const fs::path& directory) {
    while (world.out().find(directory.native()) == std::string::npos &&
           world.err().empty())
      std::this_thread::yield();
    ASSERT_THAT(world.err(), IsEmpty());
    ASSERT_TRUE(IsWsfsMount(directory));
  }

  static std::string ReadAll(const fs::path& path) {
    const std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
};

TEST_F(DemoTest, MountsJoinsSyncsAndLeaves) {
  World world("demo");
  const fs::path wide = world.folder() / "wide";
  const fs::path again = world.folder() / "again";
  Mounting engine(world, wide);
  WaitMounted(world, wide);
  Mounting joined(world, again);
  WaitMounted(world, again);

  std::ofstream(wide / "Shared" / "new.txt") << "text";
  EXPECT_EQ(ReadAll(again / "Shared" / "new.txt"), "text");
  EXPECT_EQ(world.Run({"sync", wide}), kExitOk) << world.err();
  EXPECT_EQ(world.Run({"status", "--json", again / "Shared"}), kExitOk);
  EXPECT_THAT(world.out(), HasSubstr(R"("pending_count":0)"));

  joined.Signal();
  joined.thread.Join();
  EXPECT_EQ(joined.code, kExitOk) << world.err();
  EXPECT_FALSE(IsWsfsMount(again));
  EXPECT_EQ(world.Run({"unmount", wide}), kExitOk) << world.err();
  engine.thread.Join();
  EXPECT_EQ(engine.code, kExitOk);
  EXPECT_FALSE(IsWsfsMount(wide));
}

TEST_F(DemoTest, KeepsItsDataForTheNextTime) {
  World world("kept");
  const fs::path folder = world.folder() / "m";
  {
    Mounting engine(world, folder);
    WaitMounted(world, folder);
    std::ofstream(folder / "Shared" / "kept.txt") << "kept";
    engine.Signal();
    engine.thread.Join();
    EXPECT_EQ(engine.code, kExitOk) << world.err();
  }
  World later("kept2");
  later.environment() = world.environment();
  Mounting engine(later, folder);
  WaitMounted(later, folder);
  EXPECT_EQ(ReadAll(folder / "Shared" / "kept.txt"), "kept");
  engine.Signal();
  engine.thread.Join();
}

}  // namespace
}  // namespace wsfs
