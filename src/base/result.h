#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace wsfs {

/// A T, or the Error that kept us from having one.
///
/// std::expected with two additions: the type is [[nodiscard]], so a dropped
/// error is a compile error under our flags, and an Error converts, so that
/// `return Error(...)` reads as it should. Reading the value of a Result that
/// holds an Error is a bug in the caller.
template <typename T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
  using Base = std::expected<T, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}  // NOLINT

  bool ok() const { return this->has_value(); }
};

}  // namespace wsfs

#define WSFS_CONCAT_INNER(a, b) a##b
#define WSFS_CONCAT(a, b) WSFS_CONCAT_INNER(a, b)
#define WSFS_TRY_INNER(result, decl, expr)                   \
  auto result = (expr);                                      \
  if (!result.has_value()) return std::move(result).error(); \
  decl = *std::move(result)

/// `WSFS_TRY(const auto path, RemotePath::Parse(text));` — go on with the
/// value, or return the error to our own caller.
#define WSFS_TRY(decl, expr) \
  WSFS_TRY_INNER(WSFS_CONCAT(try_, __LINE__), decl, expr)

/// `WSFS_RETURN_IF_ERROR(Write(row));`: the same for a Result<void>.
#define WSFS_RETURN_IF_ERROR_INNER(result, expr) \
  auto result = (expr);                          \
  if (!result.has_value()) return std::move(result).error()
#define WSFS_RETURN_IF_ERROR(expr) \
  WSFS_RETURN_IF_ERROR_INNER(WSFS_CONCAT(status_, __LINE__), expr)
