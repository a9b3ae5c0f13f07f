#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/rows.h"

namespace wsfs {

/// One thing a kernel must forget. Node numbers are the catalogue's; the
/// adapter maps its own root.
struct Invalidation {
  enum class What : std::uint8_t {
    kEntry,       ///< The name (`parent`, `name`) means something else now.
    kRemoved,     ///< The name is gone: `node` was there (IN_DELETE).
    kAttributes,  ///< Size, times or mode of `node`.
    kContent,     ///< The bytes of `node`, and its attributes.
    kMark,        ///< Nothing. `mark` goes when all before was told.
  };
  What what = What::kEntry;
  NodeId parent = kNoNode;
  std::string name;
  NodeId node = kNoNode;
  std::shared_ptr<const void> mark = nullptr;
};

/// The kernel's ear of one mount: the seam between core and fuse.
///
/// Thread-safe. Notify only enqueues (bounded; overflow is the adapter's to
/// handle by expiring more): it never waits, so it may be called under locks.
class KernelNotifier {
 public:
  virtual ~KernelNotifier() = default;
  virtual void Notify(std::vector<Invalidation> invalidations) = 0;
};

}  // namespace wsfs
