#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "store/rows.h"
#include "store/sqlite.h"

namespace wsfs {

/// Writes and reads the tables `intents`: one row for the intent of a node or
/// of an object. Its owner's lock guards it.
class IntentRows {
 public:
  enum class Owner : std::uint8_t { kNode = 0, kObject = 1 };
  Result<void> Prepare(Database& database);
  /// No row for no intent.
  Result<void> Put(Owner owner, std::uint64_t id,
                   const std::optional<Intent>& intent);
  Result<std::optional<Intent>> Get(Owner owner, std::uint64_t id);

 private:
  Statement put_;
  Statement remove_;
  Statement get_;
};

/// The tables `nodes` and `names`.
class NodeRows {
 public:
  Result<void> Prepare(Database& database);
  /// `before` is the row as it stands on disk; null when there is none.
  Result<void> Put(const Node& node, const Node* before, IntentRows& intents);
  Result<void> Remove(NodeId id, IntentRows& intents);

  /// Every node, parents and children in no order, without intents.
  Result<void> ForEach(const std::function<Result<void>(Node)>& take);

 private:
  Result<Node> Read();
  Statement put_;
  Statement remove_;
  Statement put_name_;
  Statement remove_names_;
  Statement all_;
};

/// The table `objects`.
class ObjectRows {
 public:
  Result<void> Prepare(Database& database);
  Result<void> Put(const Object& object, IntentRows& intents);
  Result<void> Remove(ObjectKey key, IntentRows& intents);

  Result<void> ForEach(const std::function<Result<void>(Object)>& take);

 private:
  Result<Object> Read();
  Statement put_;
  Statement remove_;
  Statement all_;
};

}  // namespace wsfs
