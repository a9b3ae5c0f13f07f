// Every named case of planner.md §13, from the person's operation to the calls
// that reach the service: the same writes in the same order as the executable
// model makes (named_cases_expected.txt is what it prints).

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "named_cases_world.h"

namespace wsfs {
namespace {

struct NamedCase {
  std::string name;
  std::function<void(World&)> run;
  /// Objects that keep their identity: path before, path after.
  std::vector<std::pair<std::string, std::string>> same;
  bool cold = false;  ///< Nothing was read before.
};

struct Expected {
  std::string rename_switch;
  int conflict_copies = 0;
  std::string writes;
};

std::map<std::string, Expected> ReadExpected() {
  std::map<std::string, Expected> all;
  std::ifstream file(std::string(WSFS_TEST_DATA) + "/named_cases_expected.txt");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> fields;
    std::size_t begin = 0;
    for (int i = 0; i < 3; ++i) {
      const std::size_t bar = line.find(" | ", begin);
      fields.push_back(line.substr(begin, bar - begin));
      begin = bar + 3;
    }
    all[fields[0]] = {.rename_switch = fields[1],
                      .conflict_copies = std::stoi(fields[2]),
                      .writes = line.substr(std::min(begin, line.size()))};
  }
  return all;
}

// -- Stopping an action at a chosen point

/// Works until a call of this kind was executed for the first time, then runs
/// `then` in the middle of it.
void Until(World& world, const std::string& op,
           const std::function<void()>& then) {
  bool reached = false;
  world.wire().after = [&](const WireCall& call) {
    if (reached || call.op != op) return;
    reached = true;
    then();
  };
  for (int i = 0; i < 400 && !reached; ++i) {
    world.syncer().RunReady();
    if (!reached) world.Advance(250);
  }
  world.wire().after = nullptr;
  EXPECT_TRUE(reached) << op << " never came";
}

void CrashAt(World& world, const std::string& op) {
  Until(world, op, [&] { world.KillNow(); });
  world.Crash();
}

/// The answer of the first such call gets lost, before or after it is done.
void LoseAt(World& world, const std::string& op, ScriptedWorkspace::Fate how) {
  bool lost = false;
  world.wire().fate = [&](const WireCall& call) {
    if (lost || call.op != op) return ScriptedWorkspace::Fate::kServed;
    lost = true;
    return how;
  };
  for (int i = 0; i < 400 && !lost; ++i) {
    world.syncer().RunReady();
    if (!lost) world.Advance(250);
  }
  world.wire().fate = nullptr;
  EXPECT_TRUE(lost) << op << " never came";
}

/// Somebody else acts after this call was answered and before our next one.
void Between(World& world, const std::string& op, std::int64_t wait_ms,
             const std::function<void()>& then) {
  enum class State { kBefore, kArmed, kDone };
  State state = State::kBefore;
  world.wire().after = [&](const WireCall& call) {
    if (state == State::kBefore && call.op == op) state = State::kArmed;
  };
  world.wire().before = [&](const WireCall&) {
    if (state != State::kArmed) return;
    state = State::kDone;
    world.Advance(wait_ms);
    then();
  };
  for (int i = 0; i < 400 && state != State::kDone; ++i) {
    world.syncer().RunReady();
    if (state != State::kDone) world.Advance(250);
  }
  world.wire().after = nullptr;
  world.wire().before = nullptr;
}

using Fate = ScriptedWorkspace::Fate;

void TheyEdit(World& w) {
  w.TheyPut("a.txt", "@f1\n");
}

std::vector<NamedCase> SaveCases() {
  return {
      {"save in place",
       [](World& w) { w.Save("a.txt"); },
       {{"a.txt", "a.txt"}}},
      {"ten saves in 300 ms",
       [](World& w) {
         for (int i = 0; i < 10; ++i) w.Save("a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"save, bytes unchanged",
       [](World& w) { w.SaveSame("a.txt"); },
       {{"a.txt", "a.txt"}}},
      {"new file", [](World& w) { w.Save("x.txt"); }, {}},
      {"new notebook", [](World& w) { w.Save("x.py"); }, {}},
      {"create and delete",
       [](World& w) {
         w.Save("x.txt");
         w.Unlink("x.txt");
       },
       {}},
      {"vim", [](World& w) { w.VimSave("n.py"); }, {{"n", "n"}}},
      {"JetBrains", [](World& w) { w.JetBrainsSave("n.py"); }, {{"n", "n"}}},
      {"sed -i", [](World& w) { w.SedSave("n.py"); }, {{"n", "n"}}},
      {"backup kept as .bak",
       [](World& w) { w.SaveWithBackup("n.py"); },
       {{"n", "n"}}},
      {"vim, killed before the new file, 30 s",
       [](World& w) {
         w.Rename("n.py", "n.py~");
         w.Drain(30'000);
         w.Save("n.py");
       },
       {{"n", "n"}}},
      {"moved to a backup name for good",
       [](World& w) { w.Rename("a.txt", "a.txt~"); },
       {}},
      {"unlink + create (git checkout)",
       [](World& w) {
         w.Unlink("a.txt");
         w.Save("a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"unlink", [](World& w) { w.Unlink("a.txt"); }, {}},
      {"FILE foo.py gets the header",
       [](World& w) {
         w.TheyPut("p.py", "@r8\n");
         w.Poll();
         w.Save("p.py");
       },
       {}},
      {"JUPYTER notebook, saved twice",
       [](World& w) {
         w.service().PutIpynb(w.Remote("j"), World::BodyWith("j.ipynb", "@r9"));
         w.Poll();
         w.HydrateAll();  // Only the bytes tell that it is no j.py.
         w.Save("j.ipynb");
         w.Drain();
         w.Advance(60'000);
         w.Poll();
         w.Save("j.ipynb");
       },
       {}},
      {"file beside a notebook of that name",
       [](World& w) { w.Save("n"); },
       {}},
      {"new notebook, its name is a directory",
       [](World& w) { w.Save("d.py"); },
       {}},
      {"temp that lives longer than the settle time",
       [](World& w) {
         w.Open("sedXa1");
         w.Write("sedXa1", "a.txt");
         w.Close("sedXa1");
         w.Advance(3'000);
         w.Drain();
         w.Rename("sedXa1", "a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"handle open longer than the settle time",
       [](World& w) {
         w.Open("x.txt");
         w.Advance(9'000);
         w.Drain();
         w.Write("x.txt");
         w.Close("x.txt");
       },
       {}},
      {"unlink, create held open, 9 s",
       [](World& w) {
         w.Unlink("a.txt");
         w.Open("a.txt");
         w.Advance(9'000);
         w.Drain();
         w.Write("a.txt");
         w.Close("a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"the same, killed before close",
       [](World& w) {
         w.Unlink("a.txt");
         w.Open("a.txt");
         w.Advance(9'000);
         w.Crash();
       },
       {{"a.txt", "a.txt"}}},
      {"truncated and killed before close",
       [](World& w) {
         w.Open("a.txt");
         w.Advance(9'000);
         w.Crash();
       },
       {{"a.txt", "a.txt"}}},
      {"cold: vim", [](World& w) { w.VimSave("n.py"); }, {{"n", "n"}}, true},
  };
}

std::vector<NamedCase> NameCases() {
  return {
      {"rename file",
       [](World& w) { w.Rename("a.txt", "z.txt"); },
       {{"a.txt", "z.txt"}}},
      {"rename file, no rename",
       [](World& w) { w.Rename("a.txt", "z.txt"); },
       {}},
      {"rename there and back",
       [](World& w) {
         w.Rename("a.txt", "z.txt");
         w.Rename("z.txt", "a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"rename and save",
       [](World& w) {
         w.Rename("a.txt", "z.txt");
         w.Save("z.txt");
       },
       {{"a.txt", "z.txt"}}},
      {"rename over a file",
       [](World& w) { w.Rename("a.txt", "b.txt"); },
       {{"b.txt", "b.txt"}}},
      {"notebook to another extension",
       [](World& w) { w.Rename("n.py", "n.txt"); },
       {}},
      {"exchange two files",
       [](World& w) { w.Rename("a.txt", "b.txt", true); },
       {{"a.txt", "a.txt"}, {"b.txt", "b.txt"}}},
      {"cycle of three files",
       [](World& w) {
         w.Rename("a.txt", "t");
         w.Rename("n.py", "a.txt");
         w.Rename("b.txt", "n.py");
         w.Rename("t", "b.txt");
       },
       {{"a.txt", "a.txt"}, {"b.txt", "b.txt"}, {"n", "n"}}},
      {"cold: moved away and made new",
       [](World& w) {
         w.Rename("a.txt", "old.txt");
         w.Save("a.txt");
       },
       {{"a.txt", "a.txt"}},
       true},
      {"cold: exchange",
       [](World& w) { w.Rename("a.txt", "b.txt", true); },
       {{"a.txt", "a.txt"}, {"b.txt", "b.txt"}},
       true},
      {"cold: rename over",
       [](World& w) { w.Rename("a.txt", "b.txt"); },
       {{"b.txt", "b.txt"}},
       true},
      {"cold: moved to a backup name for good",
       [](World& w) { w.Rename("a.txt", "a.txt~"); },
       {},
       true},
      {"cold: rename a directory, no rename",
       [](World& w) { w.Rename("e", "g"); },
       {},
       true},
  };
}

std::vector<NamedCase> DirectoryCases() {
  return {
      {"mkdir + files",
       [](World& w) {
         w.Mkdir("g");
         w.Save("g/1.txt");
         w.Save("g/2.txt");
       },
       {}},
      {"rm -rf of a tree", [](World& w) { w.RemoveTree("d"); }, {}},
      {"rm -rf and the same again",
       [](World& w) {
         w.RemoveTree("d");
         w.Mkdir("d");
         w.Save("d/a.txt");
       },
       {{"d", "d"}, {"d/a.txt", "d/a.txt"}}},
      {"rename a directory",
       [](World& w) { w.Rename("d", "g"); },
       {{"d", "g"}, {"d/f/n", "g/f/n"}}},
      {"rename a directory, no rename",
       [](World& w) { w.Rename("d", "g"); },
       {}},
      {"rename a directory with a dirty and a new child",
       [](World& w) {
         w.Save("d/a.txt");
         w.Save("d/new.txt");
         w.Rename("d", "g");
       },
       {{"d", "g"}, {"d/a.txt", "g/a.txt"}}},
      {"swap two directories",
       [](World& w) {
         w.Rename("d", "t");
         w.Rename("e", "d");
         w.Rename("t", "e");
       },
       {{"d", "e"}, {"e", "d"}}},
      {"child takes the name of its parent",
       [](World& w) {
         w.Rename("d/f", "t");
         w.Rename("d", "o");
         w.Rename("t", "d");
         w.Rename("o", "d/o");
       },
       {{"d/f", "d"}, {"d", "d/o"}}},
      {"file becomes a directory that holds it",
       [](World& w) {
         w.Rename("a.txt", "t");
         w.Mkdir("a.txt");
         w.Rename("t", "a.txt/orig");
       },
       {{"a.txt", "a.txt/orig"}}},
      {"the same, no rename",
       [](World& w) {
         w.Rename("a.txt", "t");
         w.Mkdir("a.txt");
         w.Rename("t", "a.txt/orig");
       },
       {}},
      {"directory becomes a file",
       [](World& w) {
         w.RemoveTree("e");
         w.Save("e");
       },
       {}},
      {"keep one child, rm -rf the rest",
       [](World& w) {
         w.Rename("d/f/c.txt", "c.txt");
         w.RemoveTree("d");
       },
       {{"d/f/c.txt", "c.txt"}}},
      {"keep one child, rm -rf the rest, no rename",
       [](World& w) {
         w.Rename("d/f/c.txt", "c.txt");
         w.RemoveTree("d");
       },
       {}},
  };
}

std::vector<NamedCase> ForeignCases() {
  return {
      {"foreign edit, clean here",
       [](World& w) {
         TheyEdit(w);
         w.Poll();
       },
       {{"a.txt", "a.txt"}}},
      {"foreign edit, dirty here",
       [](World& w) {
         w.Save("a.txt");
         TheyEdit(w);
       },
       {{"a.txt", "a.txt"}}},
      {"foreign edit to the same bytes",
       [](World& w) {
         w.Save("a.txt");
         w.TheyPut("a.txt", "@t1\n");
       },
       {{"a.txt", "a.txt"}}},
      {"foreign edit, deleted here",
       [](World& w) {
         w.Unlink("a.txt");
         TheyEdit(w);
       },
       {{"a.txt", "a.txt"}}},
      {"foreign delete, dirty here",
       [](World& w) {
         w.Save("a.txt");
         w.TheyRemove("a.txt");
       },
       {}},
      {"foreign delete, clean here",
       [](World& w) {
         w.TheyRemove("a.txt");
         w.Poll();
       },
       {}},
      {"foreign delete, moved here",
       [](World& w) {
         w.Rename("a.txt", "z.txt");
         w.TheyRemove("a.txt");
       },
       {}},
      {"foreign rename, dirty here",
       [](World& w) {
         w.Save("a.txt");
         w.service().Move(w.Remote("a.txt"), w.Remote("z.txt"));
       },
       {}},
      {"both created, different",
       [](World& w) {
         w.Save("x.txt");
         w.TheyPut("x.txt", "@f1\n");
       },
       {}},
      {"both created, same",
       [](World& w) {
         w.Save("x.txt");
         w.TheyPut("x.txt", "@t1\n");
       },
       {}},
      {"both made the directory",
       [](World& w) {
         w.Mkdir("g");
         w.Save("g/1.txt");
         w.service().MakeFolder(w.Remote("g"));
       },
       {}},
      {"our move, their new file at the target",
       [](World& w) {
         w.Rename("a.txt", "z.txt");
         w.TheyPut("z.txt", "@f1\n");
       },
       {{"a.txt", "a.txt"}}},
      {"rm -rf, they add a file inside",
       [](World& w) {
         w.RemoveTree("d");
         w.TheyPut("d/new.txt", "@f1\n");
       },
       {}},
      {"rm -rf, they edit a file inside",
       [](World& w) {
         w.RemoveTree("d");
         w.TheyPut("d/f/c.txt", "@f1\n");
       },
       {}},
      {"they delete the directory, dirty child here",
       [](World& w) {
         w.Save("d/a.txt");
         w.TheyRemove("d");
         w.Poll();
       },
       {}},
      {"file turned into a notebook there, dirty here",
       [](World& w) {
         w.Save("d/a.txt");
         w.TheyRemove("d/a.txt");
         w.TheyPutNotebook("d/a.txt", "@f1");
       },
       {}},
      {"foreign edit while open for writing",
       [](World& w) {
         w.Open("a.txt");
         TheyEdit(w);
         w.Poll();
         w.Write("a.txt");
         w.Close("a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"notebook turned into a file there, clean here",
       [](World& w) {
         w.TheyRemove("n");
         w.TheyPut("n.py", "@f1\n");
         w.Poll();
       },
       {}},
  };
}

std::vector<NamedCase> CrashCases() {
  return {
      {"crash after put committed",
       [](World& w) {
         w.Save("a.txt");
         CrashAt(w, "put");
       },
       {{"a.txt", "a.txt"}}},
      {"crash after put committed, saved again",
       [](World& w) {
         w.Save("a.txt");
         CrashAt(w, "put");
         w.Save("a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"crash after create committed",
       [](World& w) {
         w.Save("x.txt");
         CrashAt(w, "create");
       },
       {}},
      {"crash after create committed, then unlinked",
       [](World& w) {
         w.Save("x.txt");
         CrashAt(w, "create");
         w.Unlink("x.txt");
       },
       {}},
      {"crash after delete committed",
       [](World& w) {
         w.Unlink("a.txt");
         CrashAt(w, "delete");
       },
       {}},
      {"crash after delete committed, name used again",
       [](World& w) {
         w.Unlink("a.txt");
         CrashAt(w, "delete");
         w.Save("a.txt");
       },
       {}},
      {"crash after rename committed",
       [](World& w) {
         w.Rename("a.txt", "z.txt");
         CrashAt(w, "move");
       },
       {{"a.txt", "z.txt"}}},
      {"crash after parking",
       [](World& w) {
         w.Rename("d", "t");
         w.Rename("e", "d");
         w.Rename("t", "e");
         CrashAt(w, "move");
       },
       {{"d", "e"}, {"e", "d"}}},
  };
}

std::vector<NamedCase> LostAnswerCases() {
  return {
      {"put answer lost",
       [](World& w) {
         w.Save("a.txt");
         LoseAt(w, "put", Fate::kLostAfter);
       },
       {{"a.txt", "a.txt"}}},
      {"put answer lost, saved again",
       [](World& w) {
         w.Save("a.txt");
         LoseAt(w, "put", Fate::kLostAfter);
         w.Save("a.txt");
       },
       {{"a.txt", "a.txt"}}},
      {"put answer lost, they edit",
       [](World& w) {
         w.Save("a.txt");
         LoseAt(w, "put", Fate::kLostAfter);
         TheyEdit(w);
       },
       {{"a.txt", "a.txt"}}},
      {"put late, saved again",
       [](World& w) {
         w.Save("a.txt");
         LoseAt(w, "put", Fate::kLate);
         w.Save("a.txt");
         w.Drain();
         w.wire().RunLate();
       },
       {{"a.txt", "a.txt"}}},
      {"create late, name given up",
       [](World& w) {
         w.Save("x.txt");
         LoseAt(w, "create", Fate::kLate);
         w.Rename("x.txt", "y.txt");
         w.Drain();
         w.wire().RunLate();
       },
       {}},
      {"delete late, name used again",
       [](World& w) {
         w.Unlink("a.txt");
         LoseAt(w, "delete", Fate::kLate);
         w.Save("a.txt");
         w.Drain();
         w.wire().RunLate();
       },
       {}},
      {"delete answer lost, they create it again",
       [](World& w) {
         w.Unlink("a.txt");
         LoseAt(w, "delete", Fate::kLostAfter);
         TheyEdit(w);
       },
       {}},
      {"they edit between put and confirm",
       [](World& w) {
         w.Save("a.txt");
         Between(w, "put", 2'500, [&] { TheyEdit(w); });
       },
       {{"a.txt", "a.txt"}}},
      {"they edit between check and put",
       [](World& w) {
         w.Save("a.txt");
         Between(w, "check", 0, [&] { TheyEdit(w); });
       },
       {{"a.txt", "a.txt"}}},
      {"they edit between list and rmtree",
       [](World& w) {
         w.RemoveTree("e");
         Between(w, "list", 0, [&] { w.TheyPut("e/b.txt", "@f1\n"); });
       },
       {}},
      {"new file removed again while its create is on the way",
       [](World& w) {
         w.Save("x.txt");
         LoseAt(w, "create", Fate::kLostAfter);
         w.Unlink("x.txt");
       },
       {}},
  };
}

void RunCase(const NamedCase& named, const Expected& expected) {
  SCOPED_TRACE(named.name);
  World world(expected.rename_switch);
  world.SeedTree();
  world.LoadAll();
  if (!named.cold) world.HydrateAll();
  if (expected.rename_switch == "absent") world.KnowNoRename();
  world.Advance(60'000);
  std::map<std::string, ObjectId> before;
  for (const auto& [from, to] : named.same)
    before[from] = world.service().IdOf(world.Remote(from));

  named.run(world);
  EXPECT_TRUE(world.Drain()) << "it does not come to rest";
  world.Advance(30'000);
  world.Poll();
  EXPECT_TRUE(world.Drain()) << "it does not come to rest";

  EXPECT_EQ(world.wire().Writes(), expected.writes) << [&] {
    std::string all;
    for (const std::string& line : world.wire().trail()) all += line + ", ";
    return all;
  }();
  EXPECT_EQ(world.ConflictCopies(), expected.conflict_copies);
  EXPECT_EQ(world.Differences(), "");
  for (const auto& [from, to] : named.same) {
    const bool there = world.service().Has(world.Remote(to));
    EXPECT_TRUE(there) << to;
    if (!there) continue;
    EXPECT_EQ(world.service().IdOf(world.Remote(to)), before[from]) << from;
  }
}

int RunAll(const std::vector<NamedCase>& cases) {
  const std::map<std::string, Expected> expected = ReadExpected();
  for (const NamedCase& named : cases) {
    const auto found = expected.find(named.name);
    if (found == expected.end()) {
      ADD_FAILURE() << "nothing is expected of " << named.name;
      continue;
    }
    RunCase(named, found->second);
  }
  return static_cast<int>(cases.size());
}

TEST(NamedCases, SavesReachTheObjectTheyAreOf) {
  RunAll(SaveCases());
}
TEST(NamedCases, NamesAndExchangesKeepIdentity) {
  RunAll(NameCases());
}
TEST(NamedCases, DirectoriesMoveWholeAndGoWhole) {
  RunAll(DirectoryCases());
}
TEST(NamedCases, NobodyElsesWorkIsLost) {
  RunAll(ForeignCases());
}
TEST(NamedCases, ACrashAtTheWorstMomentIsResolved) {
  RunAll(CrashCases());
}
TEST(NamedCases, ALostOrLateAnswerIsResolved) {
  RunAll(LostAnswerCases());
}

TEST(NamedCases, EveryCaseOfTheModelIsHere) {
  std::size_t count = 0;
  for (const auto& cases : {SaveCases(), NameCases(), DirectoryCases(),
                            ForeignCases(), CrashCases(), LostAnswerCases()})
    count += cases.size();
  EXPECT_EQ(count, ReadExpected().size());
}

}  // namespace
}  // namespace wsfs
