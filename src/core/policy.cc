#include "core/policy.h"

#include <utility>

namespace wsfs {

std::optional<WritePolicy> ParseWritePolicy(std::string_view word) {
  for (const WritePolicy policy :
       {WritePolicy::kAuto, WritePolicy::kThrough, WritePolicy::kBack})
    if (word == ToString(policy)) return policy;
  return std::nullopt;
}

std::optional<FsyncPolicy> ParseFsyncPolicy(std::string_view word) {
  for (const FsyncPolicy policy : {FsyncPolicy::kLocal, FsyncPolicy::kRemote})
    if (word == ToString(policy)) return policy;
  return std::nullopt;
}

std::string_view ToString(WritePolicy policy) {
  switch (policy) {
    case WritePolicy::kAuto: return "auto";
    case WritePolicy::kThrough: return "through";
    case WritePolicy::kBack: return "back";
  }
  std::unreachable();
}

std::string_view ToString(FsyncPolicy policy) {
  switch (policy) {
    case FsyncPolicy::kLocal: return "local";
    case FsyncPolicy::kRemote: return "remote";
  }
  std::unreachable();
}

}  // namespace wsfs
