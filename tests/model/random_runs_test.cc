// Hundreds of short lives of an engine: a person, somebody else, an unreliable
// service, kills and power cuts, all from one seed; at the end the promises of
// planner.md §1 are looked at. A failure names its seed: run it alone with
// WSFS_SEED=n and the name of its test.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "core/places.h"
#include "random_person.h"
#include "testing/switch_values.h"

namespace wsfs {
namespace {

using Fate = ScriptedWorkspace::Fate;

/// How far the service's clock may seem off before a first write tells.
constexpr PlanMillis kClockDoubtMs = 1'100;

/// How long a late call may go unnoticed.
constexpr PlanMillis kLateDoubtMs = 20'000;

struct Kind {
  const char* rename_switch = "replace";
  bool faults = false;
  bool stranger = false;
  bool kills = false;
  /// Of what is not synced any part goes; with them fsyncs, large files and
  /// evictions.
  bool power_cuts = false;
  bool renames_change_versions = false;
  std::vector<SwitchValue> switches = {};
  int steps = 60;

  bool ends() const { return kills || power_cuts; }
};

class Life {
 public:
  Life(std::uint64_t seed, const Kind& kind)
      : kind_(kind),
        chance_(seed),
        world_(kind.rename_switch),
        person_(world_, chance_),
        stranger_(world_, chance_) {
    if (kind.renames_change_versions) {
      world_.service().Set("id-after-rename",
                           chance_.OneIn(2) ? "new" : "keep");
      world_.service().Set("modified-at-after-rename", "bump");
    }
    for (const SwitchValue& each : kind.switches)
      world_.service().Set(each.name, each.value);
    world_.SeedTree();
    world_.Advance(10'000);  // No stale answer is from before the folder.
    world_.LoadAll();
    if (kind.power_cuts) {
      world_.TypeLargeBodies();
      person_.fsyncs = true;
    }
    if (std::string_view(kind.rename_switch) == "absent") {
      world_.KnowNoRename();
      stranger_.can_move = false;
    }
    SetUpWire();
  }

  /// The sentence of what is wrong; "" when all held.
  std::string Run() {
    for (int i = 0; i < kind_.steps && wrong_.empty(); ++i) Step();
    if (wrong_.empty()) ComeToRest();
    if (wrong_.empty()) LookAtSaved();
    if (wrong_.empty()) wrong_ = world_.Differences();
    if (wrong_.empty()) wrong_ = world_.Mixtures();
    if (wrong_.empty() && Quiet()) LookForCopies();
    return wrong_;
  }

 private:
  void SetUpWire() {
    world_.wire().before = [this](const WireCall& call) { Meanwhile(call, 0); };
    world_.wire().after = [this](const WireCall& call) { Meanwhile(call, 1); };
    world_.wire().fate = [this](const WireCall& call) { return Decide(call); };
    world_.wire().staleness = [this] {
      return Milliseconds(50 + chance_.Below(4'950));
    };
  }

  Fate Decide(const WireCall& call) {
    if (call.op != "export" && !call.write && !world_.wire().watching())
      checked_[call.path] = world_.service().model().NowMs();
    const Fate fate = Draw(call);
    if (fate == Fate::kStale) checked_.erase(call.path);
    if (call.write && fate != Fate::kNotServed && fate != Fate::kLostBefore &&
        fate != Fate::kLate)
      Judge(call);
    return fate;
  }

  Fate Draw(const WireCall& call) {
    if (!kind_.faults || resting_ || !chance_.OneIn(7)) return Fate::kServed;
    if (call.write) {
      const std::vector<Fate> bad = {Fate::kNotServed, Fate::kLostAfter,
                                     Fate::kLostBefore, Fate::kLate};
      Fate fate = chance_.Pick(bad);
      // A late delete of a folder hits what was moved to its name meanwhile
      // (planner.md §11); the cache that still has it is evicted here.
      if (kind_.power_cuts && fate == Fate::kLate && call.op == "rmtree")
        fate = Fate::kLostBefore;
      if (fate == Fate::kLate)
        late_due_ = world_.ledger().Now() +
                    static_cast<PlanMillis>(chance_.Below(20'000));
      return fate;
    }
    // A stale export beside a fresh get-status cannot be seen by anybody.
    if (call.op == "export" || chance_.OneIn(3)) return Fate::kNotServed;
    return Fate::kStale;
  }

  /// Nothing of somebody else's is replaced or removed that was not known, but
  /// in the windows of planner.md §11; no invented name reaches the service.
  void Judge(const WireCall& call) {
    const std::string target = call.to.empty() ? call.path : call.to;
    const std::string leaf = target.substr(target.rfind('/') + 1);
    // A folder may have any name: no editor saves one.
    const bool makes = call.op == "put" || call.op == "create" ||
                       (call.op == "move" && !IsFolder(call.path));
    if (makes && (IsEphemera(leaf) || leaf.contains(".conflict-")))
      wrong_ = "a temporary name reaches the service: " + leaf;
    if (call.op == "create" || call.op == "mkdir") return;
    const auto there = world_.service().model().GetStatus(target);
    if (!there.ok()) return;
    if (call.op == "rmtree") return JudgeBelow(target, target);
    JudgeOne(*there, CheckOf(target));
  }

  bool IsFolder(const std::string& path) {
    const auto there = world_.service().model().GetStatus(path);
    return there.ok() && HoldsChildren(there->type);
  }

  void JudgeBelow(const std::string& folder, const std::string& top) {
    const auto listed = world_.service().model().List(folder);
    if (!listed.ok()) return;
    for (const ObjectView& each : *listed) {
      if (HoldsChildren(each.type)) {
        JudgeBelow(each.path, top);
      } else {
        JudgeOne(each, checked_.find(folder));
      }
    }
  }

  using Checks = std::map<std::string, ServiceMillis>;
  /// When it was looked at: alone, or by one list for several in its folder.
  Checks::const_iterator CheckOf(const std::string& path) const {
    const auto alone = checked_.find(path);
    const auto list = checked_.find(path.substr(0, path.rfind('/')));
    if (list == checked_.end()) return alone;
    return alone == checked_.end() || list->second > alone->second ? list
                                                                   : alone;
  }

  void JudgeOne(const ObjectView& there, Checks::const_iterator check) {
    if (HoldsChildren(there.type)) return;
    const std::string token = TokenOf(world_.service().Read(there.path));
    if (!token.starts_with("@f")) return;
    const bool known = world_.ledger().Read([&](const Catalogue& catalogue) {
      return std::ranges::any_of(catalogue.AllObjects(), [&](ObjectKey key) {
        const Object& object = catalogue.object(key);
        return object.version.id == there.id &&
               object.version.modified_at == there.modified_ms &&
               catalogue.RemotePathOf(object) == there.path;
      });
    });
    if (known) return;
    if (check == checked_.end()) return;  // A stale answer was believed.
    const auto placed = stranger_.placed.find(there.path);
    const ServiceMillis since =
        std::max(there.modified_ms.value_or(0),
                 placed == stranger_.placed.end() ? 0 : placed->second);
    if (since < check->second)
      wrong_ = "somebody else's " + token + " at " + there.path +
               " is replaced or removed unseen";
  }

  /// While a call is on its way, others go on.
  void Meanwhile(const WireCall& call, int answered) {
    if (world_.dead() && !killed_) {
      world_.KillNow();
      killed_ = true;
    }
    const bool ends_write = answered == 1 && call.write;
    if (ends_write) last_write_ = world_.ledger().Now();
    if (nested_ || resting_ || killed_ || !chance_.OneIn(4)) return;
    nested_ = true;
    switch (chance_.Below(kind_.ends() ? 8 : 7)) {
      case 0:
      case 1:
      case 2:
      case 3: person_.Step(); break;
      case 4: StrangerStep(); break;
      case 5:
        world_.Advance(static_cast<std::int64_t>(chance_.Below(3'000)));
        break;
      case 6:
        // An action that lists may hold what the next one waits for, and here
        // both are on one thread.
        if (call.op == "list" && !acting_) world_.syncer().RunReady();
        break;
      default:
        if (!chance_.OneIn(6)) break;
        world_.KillNow();
        killed_ = true;
    }
    nested_ = false;
    // The answer was on its way for as long as that took.
    if (ends_write) last_write_ = world_.ledger().Now();
  }

  /// Between the execution of a write and its answer, and within what is not
  /// known of the service's clock, a stranger's edit cannot be told from ours
  /// (planner.md §11). Nor can it be told what somebody edits moments after a
  /// late call of ours: what we saved last, or what that call put over it.
  void StrangerStep() {
    const PlanMillis now = world_.ledger().Now();
    if (kind_.stranger && now - last_write_ > kClockDoubtMs &&
        now - late_done_ > kLateDoubtMs)
      stranger_.Step();
  }

  void Step() {
    world_.Advance(static_cast<std::int64_t>(chance_.Below(250)));
    if (world_.wire().late_count() > 0 && world_.ledger().Now() >= late_due_) {
      world_.wire().RunLate();
      late_done_ = world_.ledger().Now();
    }
    switch (chance_.Below(16)) {
      case 0: StrangerStep(); break;
      case 1: world_.Poll(); break;
      case 2: world_.Advance(2'500); break;
      case 3:
        if (chance_.OneIn(8)) world_.SetOffline(!world_.wire().offline());
        break;
      case 4:
        if (kind_.ends() && chance_.OneIn(6)) End();
        break;
      case 5:
      case 6:
      case 7:
      case 8:
      case 9:
      case 10: person_.Step(); break;
      default:
        acting_ = true;
        world_.syncer().RunReady();
        acting_ = false;
    }
    if (kind_.power_cuts) TryTheDisk();
    if (std::exchange(killed_, false) || world_.dead()) End();
  }

  /// What only a run with power cuts does, now and then.
  void TryTheDisk() {
    switch (chance_.Below(16)) {
      case 0: world_.SyncDisk(); break;
      case 1: world_.EvictAll(); break;
      case 2: world_.DieAtStep(1 + chance_.Below(40)); break;
      default: break;
    }
  }

  /// The process ends, one way or another, and is started again.
  void End() {
    killed_ = false;
    person_.Forget();
    if (!kind_.power_cuts) return Kill();
    const std::size_t how = chance_.Below(8);
    if (how == 0 && !world_.dead()) {
      world_.Restart();
      world_.LoadAll();
    } else if (how <= 2 && kind_.kills) {
      Kill();
    } else {
      LosePower();
    }
  }

  void Kill() {
    world_.Crash();
    const std::string lost = world_.saved().LostByKill(world_.Everywhere());
    if (!lost.empty()) wrong_ = "a kill lost what was closed: " + lost;
    world_.LoadAll();
  }

  void LosePower() {
    const SavedBytes::Tokens confirmed = world_.AtService();
    world_.LosePower(chance_.Below(1'000'000));
    const std::string lost =
        world_.saved().LostByPowerCut(world_.Everywhere(), confirmed);
    if (!lost.empty()) wrong_ = "a power cut lost what was synced: " + lost;
    if (wrong_.empty()) wrong_ = world_.Mixtures();
    // Nobody is at the mount before it shows something.
    nested_ = true;
    world_.LoadAll();
    nested_ = false;
    world_.saved().StartFrom(world_.Shown());
  }

  bool Quiet() const { return !kind_.stranger && !kind_.faults; }

  void LookForCopies() {
    if (world_.ConflictCopies() > 0)
      wrong_ = "a conflict copy though nobody else was there";
    if (wrong_.empty()) wrong_ = world_.Duplicate();
  }

  void ComeToRest() {
    resting_ = true;
    world_.DieAtStep(0);
    world_.SetOffline(false);
    person_.FinishAll();
    world_.Advance(20'000);
    world_.wire().RunLate();
    int idle = 0;
    for (int i = 0; i < 400 && idle < 35; ++i) {
      world_.Advance(1'000);
      world_.syncer().RunReady();
      if (i % 15 == 0) world_.Poll();
      idle = world_.AtRest() ? idle + 1 : 0;
    }
    if (idle < 35) wrong_ = "it does not come to rest";
  }

  void LookAtSaved() {
    const std::string lost = world_.saved().LostByKill(world_.Everywhere());
    if (!lost.empty()) wrong_ = "saved bytes are lost: " + lost;
  }

  const Kind kind_;
  Chance chance_;
  World world_;
  RandomPerson person_;
  RandomStranger stranger_;
  std::map<std::string, ServiceMillis> checked_;
  PlanMillis late_due_ = 0;
  PlanMillis last_write_ = 0;
  PlanMillis late_done_ = -kLateDoubtMs;
  bool nested_ = false;
  bool acting_ = false;  ///< The syncer runs, not below another call.
  bool resting_ = false;
  bool killed_ = false;
  std::string wrong_;
};

/// WSFS_SEED=n runs that one seed, WSFS_RUNS=n so many from the first on.
void RunSeeds(const Kind& kind, std::uint64_t first, int count) {
  const char* const only = std::getenv("WSFS_SEED");
  const char* const runs = std::getenv("WSFS_RUNS");
  if (runs != nullptr) count = std::atoi(runs);
  if (only != nullptr) {
    first = std::strtoull(only, nullptr, 10);
    if (runs == nullptr) count = 1;
  }
  for (std::uint64_t seed = first;
       seed < first + static_cast<std::uint64_t>(count); ++seed) {
    Life life(seed, kind);
    const std::string wrong = life.Run();
    EXPECT_EQ(wrong, "") << "WSFS_SEED=" << seed;
    if (!wrong.empty()) return;
  }
}

constexpr int kRuns = 40;

TEST(RandomRuns, APersonAlone) {
  RunSeeds({}, 1'000, kRuns);
}
TEST(RandomRuns, APersonAloneWithoutRename) {
  RunSeeds({.rename_switch = "absent"}, 2'000, kRuns);
}
TEST(RandomRuns, TwoPeople) {
  RunSeeds({.stranger = true}, 3'000, kRuns);
}
TEST(RandomRuns, AnUnreliableService) {
  RunSeeds({.faults = true}, 4'000, kRuns);
}
TEST(RandomRuns, Kills) {
  RunSeeds({.kills = true}, 5'000, kRuns);
}
TEST(RandomRuns, EverythingAtOnce) {
  RunSeeds({.faults = true, .stranger = true, .kills = true}, 6'000, kRuns);
}
TEST(RandomRuns, EverythingAtOnceWithoutRename) {
  RunSeeds({.rename_switch = "absent",
            .faults = true,
            .stranger = true,
            .kills = true},
           7'000, kRuns);
}
TEST(RandomRuns, PowerCuts) {
  RunSeeds({.power_cuts = true}, 8'000, kRuns);
}
TEST(RandomRuns, PowerCutsWithoutRename) {
  RunSeeds({.rename_switch = "absent", .power_cuts = true}, 9'000, kRuns);
}
TEST(RandomRuns, EverythingAtOnceAndPowerCuts) {
  RunSeeds(
      {.faults = true, .stranger = true, .kills = true, .power_cuts = true},
      10'000, kRuns);
}

TEST(RandomRuns, RenamesThatChangeVersions) {
  RunSeeds({.stranger = true, .kills = true, .renames_change_versions = true},
           11'000, kRuns);
}

/// The kind of life at a service with these switches.
Kind At(Kind kind, const std::vector<SwitchValue>& switches) {
  kind.switches = switches;
  if (std::ranges::any_of(switches, [](const SwitchValue& each) {
        return each.text() == "rename=absent";
      }))
    kind.rename_switch = "absent";
  return kind;
}

class RandomRunsSwitch : public testing::TestWithParam<SwitchValue> {};

TEST_P(RandomRunsSwitch, Kills) {
  RunSeeds(At({.kills = true}, {GetParam()}), 12'000, kRuns / 10);
}
TEST_P(RandomRunsSwitch, AnUnreliableService) {
  RunSeeds(At({.faults = true}, {GetParam()}), 13'000, kRuns / 10);
}

INSTANTIATE_TEST_SUITE_P(Alone, RandomRunsSwitch,
                         testing::ValuesIn(OtherValues()),
                         [](const auto& of) { return of.param.test_name(); });

}  // namespace
}  // namespace wsfs
