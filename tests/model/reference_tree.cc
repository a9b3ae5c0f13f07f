#include "reference_tree.h"

#include <iterator>
#include <utility>

namespace wsfs {

std::string ReferenceTree::Parent(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool ReferenceTree::HasChildren(const std::string& path) const {
  const auto next = entries_.lower_bound(path + "/");
  return next != entries_.end() && next->first.starts_with(path + "/");
}

std::optional<Errc> ReferenceTree::OpenToWrite(const std::string& path,
                                               FilePointer& file) {
  if (!IsFolder(Parent(path))) return Errc::kNotFound;
  if (IsFolder(path)) return Errc::kIsADirectory;
  FilePointer& entry = entries_[path];
  if (entry == nullptr) entry = std::make_shared<File>();
  entry->text.clear();
  file = entry;
  return std::nullopt;
}

std::optional<Errc> ReferenceTree::Save(const std::string& path,
                                        const std::string& text) {
  FilePointer file;
  const auto failed = OpenToWrite(path, file);
  if (!failed.has_value()) file->text = text;
  return failed;
}

std::optional<Errc> ReferenceTree::Truncate(const std::string& path,
                                            std::size_t size) {
  if (!Has(path)) return Errc::kNotFound;
  if (IsFolder(path)) return Errc::kIsADirectory;
  entries_.at(path)->text.resize(size);
  return std::nullopt;
}

std::optional<Errc> ReferenceTree::MakeDirectory(const std::string& path) {
  if (!IsFolder(Parent(path))) return Errc::kNotFound;
  if (Has(path)) return Errc::kAlreadyExists;
  entries_[path] = nullptr;
  return std::nullopt;
}

std::optional<Errc> ReferenceTree::Unlink(const std::string& path) {
  if (!Has(path)) return Errc::kNotFound;
  if (IsFolder(path)) return Errc::kIsADirectory;
  entries_.erase(path);
  return std::nullopt;
}

std::optional<Errc> ReferenceTree::RemoveDirectory(const std::string& path) {
  if (!Has(path)) return Errc::kNotFound;
  if (!IsFolder(path)) return Errc::kNotADirectory;
  if (HasChildren(path)) return Errc::kNotEmpty;
  entries_.erase(path);
  return std::nullopt;
}

std::optional<Errc> ReferenceTree::Rename(const std::string& from,
                                          const std::string& to) {
  if (!Has(from) || !IsFolder(Parent(to))) return Errc::kNotFound;
  if (from == to) return std::nullopt;
  if (IsFolder(from) && (to + "/").starts_with(from + "/"))
    return Errc::kInvalidArgument;
  if (Has(to)) {
    if (IsFolder(to) && !IsFolder(from)) return Errc::kIsADirectory;
    if (!IsFolder(to) && IsFolder(from)) return Errc::kNotADirectory;
    if (HasChildren(to)) return Errc::kNotEmpty;
    entries_.erase(to);
  }
  Put(to, Take(from));
  return std::nullopt;
}

std::optional<Errc> ReferenceTree::RenameNoReplace(const std::string& from,
                                                   const std::string& to) {
  if (!Has(from) || !IsFolder(Parent(to))) return Errc::kNotFound;
  if (Has(to)) return Errc::kAlreadyExists;
  return Rename(from, to);
}

std::optional<Errc> ReferenceTree::Exchange(const std::string& one,
                                            const std::string& other) {
  if (!Has(one) || !Has(other)) return Errc::kNotFound;
  if (one == other) return std::nullopt;
  const bool within = (one + "/").starts_with(other + "/") ||
                      (other + "/").starts_with(one + "/");
  if (within || IsFolder(one) != IsFolder(other)) return Errc::kInvalidArgument;
  Entries first = Take(one);
  Put(one, Take(other));
  Put(other, std::move(first));
  return std::nullopt;
}

ReferenceTree::Entries ReferenceTree::Take(const std::string& path) {
  Entries taken;
  for (auto it = entries_.begin(); it != entries_.end();) {
    const bool below = it->first == path || it->first.starts_with(path + "/");
    if (below) taken[it->first.substr(path.size())] = it->second;
    it = below ? entries_.erase(it) : std::next(it);
  }
  return taken;
}

void ReferenceTree::Put(const std::string& path, Entries entries) {
  for (auto& [below, file] : entries) entries_[path + below] = std::move(file);
}

}  // namespace wsfs
