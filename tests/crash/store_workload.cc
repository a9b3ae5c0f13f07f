#include "store_workload.h"

#include <algorithm>
#include <utility>

namespace wsfs {
namespace {

std::string Big(char letter, std::size_t bytes = 100'000) {
  return std::string(bytes, letter);
}

}  // namespace

std::set<std::string> History::MayHold(const std::string& name) const {
  std::set<std::string> out;
  const auto own = fsynced.find(name);
  std::size_t at = hard;
  if (own != fsynced.end()) at = std::max(at, own->second);
  for (; at < states.size(); ++at) {
    const auto found = states[at].find(name);
    out.insert(found == states[at].end() ? "(no file)" : found->second);
  }
  return out;
}

std::set<std::string> History::Names() const {
  std::set<std::string> names;
  for (const State& state : states)
    for (const auto& [name, bytes] : state) names.insert(name);
  return names;
}

bool StoreWorkload::Step(const std::function<void(History::State&)>& leaves,
                         const std::function<Result<void>()>& act) {
  History::State next = history_.states[history_.returned];
  leaves(next);
  history_.states.push_back(std::move(next));
  if (!act().ok()) {
    ++failures_;
    if (tolerant_) history_.states.pop_back();
    return tolerant_;
  }
  history_.returned = history_.states.size() - 1;
  return true;
}

NodeId StoreWorkload::IdOf(const std::string& name) const {
  const Node* node = opened_.catalogue->Child(kRootNode, name);
  return node == nullptr ? kNoNode : node->id;
}

bool StoreWorkload::Create(const std::string& name) {
  return Step([&](History::State& state) { state[name] = "(no content)"; },
              [&] {
                opened_.AddFile(name);
                return opened_.Write();
              });
}

bool StoreWorkload::Save(const std::string& name, const std::string& bytes) {
  if (IdOf(name) == kNoNode) return true;
  return Step([&](History::State& state) { state[name] = bytes; },
              [&]() -> Result<void> {
                WSFS_RETURN_IF_ERROR(opened_.Save(IdOf(name), bytes));
                return {};
              });
}

bool StoreWorkload::SaveHard(const std::string& name,
                             const std::string& bytes) {
  if (IdOf(name) == kNoNode) return true;
  return Step(
      [&](History::State& state) { state[name] = bytes; },
      [&]() -> Result<void> {
        WSFS_RETURN_IF_ERROR(opened_.Close(
            IdOf(name), opened_.SealNew(bytes, true), Durability::kPower));
        return {};
      });
}

bool StoreWorkload::Append(const std::string& name, const std::string& bytes) {
  const NodeId id = IdOf(name);
  if (id == kNoNode || !opened_.catalogue->node(id).content) return true;
  return Step([&](History::State& state) { state[name] += bytes; },
              [&]() -> Result<void> {
                const Content old = *opened_.catalogue->node(id).content;
                WSFS_TRY(const auto draft,
                         opened_.contents().DraftFrom(old, old.size_bytes));
                WSFS_RETURN_IF_ERROR(draft->Append(BytesOf(bytes)));
                WSFS_RETURN_IF_ERROR(opened_.Close(
                    id, opened_.contents().Seal(
                            *draft, opened_.catalogue->NewId(), false)));
                return {};
              });
}

bool StoreWorkload::Replace(const std::string& from, const std::string& to) {
  const NodeId id = IdOf(from);
  if (id == kNoNode) return true;
  return Step(
      [&](History::State& state) {
        state[to] = state[from];
        state.erase(from);
      },
      [&] {
        if (const NodeId old = IdOf(to); old != kNoNode)
          opened_.catalogue->RemoveNode(old);
        opened_.catalogue->RenameNode(id, kRootNode, to);
        return opened_.Write();
      });
}

bool StoreWorkload::Remove(const std::string& name) {
  const NodeId id = IdOf(name);
  if (id == kNoNode) return true;
  return Step([&](History::State& state) { state.erase(name); },
              [&] {
                opened_.catalogue->RemoveNode(id);
                return opened_.Write();
              });
}

bool StoreWorkload::Barrier() {
  return Step([](History::State&) {},
              [&]() -> Result<void> {
                WSFS_RETURN_IF_ERROR(opened_.store->Barrier());
                history_.hard = history_.states.size() - 1;
                return {};
              });
}

bool StoreWorkload::MakeClean(const std::string& name) {
  const NodeId id = IdOf(name);
  if (id == kNoNode || !opened_.catalogue->node(id).content) return true;
  return Step([](History::State&) {},
              [&]() -> Result<void> {
                const Content dirty = *opened_.catalogue->node(id).content;
                WSFS_TRY(const Content clean,
                         opened_.contents().MakeClean(dirty));
                opened_.catalogue->EditNode(id).content = clean;
                WSFS_RETURN_IF_ERROR(opened_.Write());
                opened_.contents().Forget(dirty);
                return {};
              });
}

bool StoreWorkload::RunSteps() {
  return Create("small") && Save("small", "one") && Create("big") &&
         Save("big", Big('1')) && Barrier() && Save("big", Big('2')) &&
         Save("small", "two") && SaveHard("small", "fsynced") &&
         Append("big", "-tail") && Append("big", "-tail") &&
         // A save by rename, over a file that was synced.
         Create("temp") && Save("temp", Big('T')) && Replace("temp", "big") &&
         Create("other") && SaveHard("other", Big('o')) &&
         Save("other", "short") && Save("other", Big('O')) && Barrier() &&
         Save("other", Big('P')) && Remove("small") && Barrier() &&
         MakeClean("big") && Append("big", "-more") && Barrier() &&
         Remove("other") && Save("big", "end");
}

void StoreWorkload::Run() {
  auto opened = TestStore::Open(TestStore::OptionsFor(disk_));
  if (opened.ok()) {
    opened_ = *std::move(opened);
    RunSteps();
  } else {
    ++failures_;
  }
  disk_.Stop();
  opened_.store.reset();
}

}  // namespace wsfs
