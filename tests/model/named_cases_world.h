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
#include "saved_bytes.h"
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
  /// The machine loses power: of what was not synced `chance` keeps any part.
  /// Who boots it finds the service again.
  void LosePower(std::uint64_t chance);
  /// Ends it as an unmount does, and starts it again.
  void Restart();
  /// The process dies at so many changes of the disk from now; 0: never.
  void DieAtStep(std::size_t step);
  bool dead() const { return disk_.stopped(); }
  /// What an fsync does, and the background within 5 s of a close.
  void SyncDisk();
  /// The cache needs room: every clean content goes.
  void EvictAll();
  bool AtRest();

  // -- The person. False: refused, as a mount would.
  bool Open(const std::string& path);
  void Write(const std::string& path, const std::string& as = "");
  void WriteBytes(const std::string& path, std::string bytes);
  void Close(const std::string& path, bool empty_is_meant = false);
  /// fsync while it is open.
  void Fsync(const std::string& path);
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
  /// From now on some bodies are too large for a row, or to be hashed at once.
  void TypeLargeBodies() { large_bodies_ = true; }
  static std::string BodyWith(const std::string& path,
                              const std::string& token);
  std::string Remote(const std::string& path) const;
  std::string Token();

  // -- Looking
  const Node* Find(const std::string& path);
  /// The bytes a reader gets, or in brackets why there are none.
  std::string Read(const std::string& path);
  /// How often somebody was seen to have been in this window.
  std::uint64_t Met(Window window);
  int ConflictCopies();
  /// The bytes that the mount shows; of what is not here, those of its object.
  SavedBytes::Tokens Shown();
  SavedBytes::Tokens AtService();
  /// Shown, at the service, or in local trash.
  SavedBytes::Tokens Everywhere();
  /// Every content, here or at the service, that is no whole body of one save;
  /// "" when none.
  std::string Mixtures();
  /// A save that is in two objects; "" when none.
  std::string Duplicate();
  /// Every difference between the mount and the service; "" when none.
  std::string Differences();

  FakeClock& clock() { return clock_; }
  MemoryWorkspace& service() { return service_; }
  ScriptedWorkspace& wire() { return wire_; }
  Ledger& ledger() { return *ledger_; }
  Syncer& syncer() { return *syncer_; }
  Store& store() { return *store_; }
  NodeId root() const { return root_; }

  /// What the person was told is saved.
  SavedBytes& saved() { return saved_; }

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
  bool TakeOwnBytes(Catalogue& catalogue, NodeId id);
  bool CanReplace(const Catalogue& catalogue, const Node& node,
                  const Node& target) const;
  bool ExchangeIn(Catalogue& catalogue, const Node& node, const Node& target,
                  PlanMillis now);
  std::optional<Content> SealIn(Catalogue& catalogue, const std::string& bytes);
  bool SealNode(NodeId id, const std::string& bytes, bool closes);
  void FindRoot(const Waiting& waiting);
  void NoteStandIns();
  void NoteStandIn(const Catalogue& catalogue, const Node& node);
  std::string TextOf(const Content& content);
  std::string TokenOfNode(const Catalogue& catalogue, const Node& node);
  std::string TokenThere(const Catalogue& catalogue, const Object& object);
  bool WasDropped(const Content& content);
  /// Calls `use(path, bytes)` for each file at the service.
  void ForEachThere(
      const std::string& folder,
      const std::function<void(const std::string&, const std::string&)>& use);
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
  SavedBytes saved_;
  SavedBytes::Tokens stood_in_for_;
  int boots_ = 1;
  int counter_ = 0;
  bool large_bodies_ = false;
};

}  // namespace wsfs
