#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/ledger.h"
#include "core/sync/syncer.h"
#include "scripted_workspace.h"
#include "store/store.h"
#include "testing/fault_fs.h"

namespace wsfs {

/// One world: a service, an engine without its threads, a person at the mount
/// and somebody else at the service. Paths are below one folder, without a
/// leading '/': "d/a.txt", as the mount shows them (the person) or as the
/// service has them (somebody else).
///
/// The person's operations change the catalogue as those of the executable
/// model do (planner_model/sim.py, u_*).
class World {
 public:
  explicit World(std::string_view rename_switch = "replace");
  ~World();

  // -- Set-up: a.txt b.txt n(.py); d: a.txt; d/f: n(.py) c.txt; e: b.txt
  void SeedTree();
  void LoadAll();
  void HydrateAll();
  /// As after a first rename that the service did not know.
  void KnowNoRename();

  // -- The engine
  void Advance(std::int64_t ms) { clock_.Advance(Milliseconds(ms)); }
  /// Works until nothing is left to do; false when it does not come to rest.
  bool Drain(std::int64_t limit_ms = 130'000);
  /// Renews every listing. Not part of the trail.
  void Poll();
  /// From this moment on nothing reaches the disk or the service; Crash()
  /// must follow.
  void KillNow();
  void SetOffline(bool offline) { wire_.SetOffline(offline); }
  /// Kills the process and starts it again on what the disk holds.
  void Crash();
  bool AtRest();

  // -- The person. False: refused, as a mount would.
  bool Open(const std::string& path);
  void Write(const std::string& path, const std::string& as = "");
  void WriteBytes(const std::string& path, std::string bytes);
  void Close(const std::string& path, bool empty_is_meant = false);
  bool Unlink(const std::string& path);
  bool Mkdir(const std::string& path);
  bool Rmdir(const std::string& path);
  bool Rename(const std::string& from, const std::string& to,
              bool exchange = false);
  void RemoveTree(const std::string& path);
  void Save(const std::string& path);
  void SaveSame(const std::string& path);
  void VimSave(const std::string& path);
  void JetBrainsSave(const std::string& path);
  void SedSave(const std::string& path);
  void SaveWithBackup(const std::string& path);

  // -- Somebody else
  void TheyPut(const std::string& path, const std::string& bytes);
  void TheyPutNotebook(const std::string& path, const std::string& token);
  void TheyRemove(const std::string& path);

  /// Bytes of the kind that this name asks for, never the same twice.
  std::string Body(const std::string& path);
  static std::string BodyWith(const std::string& path,
                              const std::string& token);
  std::string Remote(const std::string& path) const;
  std::string Token();

  // -- Looking
  const Node* Find(const std::string& path);
  int ConflictCopies();
  /// These saved bytes are in a node, at the service, or in local trash.
  bool IsSomewhere(const std::string& token);
  /// Every difference between the mount and the service; "" when none.
  std::string Differences();

  FakeClock& clock() { return clock_; }
  MemoryWorkspace& service() { return service_; }
  ScriptedWorkspace& wire() { return wire_; }
  Ledger& ledger() { return *ledger_; }
  Syncer& syncer() { return *syncer_; }
  Store& store() { return *store_; }
  NodeId root() const { return root_; }

  /// What the person was told is saved: token -> still has to be somewhere.
  std::map<std::string, bool>& acked() { return acked_; }

 private:
  void Start();
  void End();
  void Gap() { Advance(30); }
  const Node* FindIn(const Catalogue& catalogue, const std::string& path) const;
  bool Change(const std::function<bool(Catalogue&, PlanMillis)>& change);
  NodeId AddEntry(Catalogue& catalogue, const std::string& path, NodeKind kind,
                  PlanMillis now);
  void Touch(Catalogue& catalogue, NodeId id, PlanMillis now);
  void NoteGone(const Catalogue& catalogue, const Node& node);
  bool CanReplace(const Catalogue& catalogue, const Node& node,
                  const Node& target) const;
  bool ExchangeIn(Catalogue& catalogue, const Node& node, const Node& target,
                  PlanMillis now);
  Content SealIn(Catalogue& catalogue, const std::string& bytes);
  std::string TextOf(const Content& content);
  bool WasDropped(const Content& content);
  bool IsAtService(const std::string& folder, const std::string& token);
  void CompareFolder(NodeId id, std::string& out);

  FakeClock clock_;
  MemoryWorkspace service_;
  ScriptedWorkspace wire_;
  FaultFs disk_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Syncer> syncer_;
  NodeId root_ = kNoNode;
  std::map<NodeId, std::string> buffers_;
  std::map<std::string, bool> acked_;
  int counter_ = 0;
};

/// The last word of a body: what a person typed, without what kinds add.
std::string TokenOf(std::string_view bytes);

}  // namespace wsfs
