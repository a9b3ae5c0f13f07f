#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api_error.h"
#include "server/http_message.h"
#include "server/model.h"

namespace wsfs {

/// A request that was read and understood, not yet executed.
struct Operation {
  std::string object;          ///< Path of the object, for faults and log.
  std::uint64_t bytes_in = 0;  ///< Of content.
  /// Executes it; reads answer what was true `age` ago.
  std::function<Answer<ServerResponse>(Milliseconds age)> run;
};

/// The endpoints of databricks-api.md §1.1 to §1.8, §1.10 and §1.14: from HTTP
/// to the model and back. Thread-safe.
class Routes {
 public:
  /// What a method and path lead to.
  struct Route {
    std::string_view name = "other";
    bool needs_token = true;
  };

  explicit Routes(WorkspaceModel& model) : model_(model) {}

  static Route Find(const ServerRequest& request);
  /// Reads the body as far as needed.
  Answer<Operation> Prepare(std::string_view route,
                            const ServerRequest& request, HttpBody& body);

  static ServerResponse ToResponse(const ApiError& error);

 private:
  using Maker = Answer<Operation> (Routes::*)(const ServerRequest&, HttpBody&);
  struct Entry;
  static const Entry* EntryOf(std::string_view route);

  Answer<Operation> GetStatus(const ServerRequest& request, HttpBody& body);
  Answer<Operation> List(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Export(const ServerRequest& request, HttpBody& body);
  Answer<Operation> ObjectInfo(const ServerRequest& request, HttpBody& body);
  Answer<Operation> ListFiles(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Download(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Me(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Config(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Telemetry(const ServerRequest& request, HttpBody& body);

  Answer<Operation> Mkdirs(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Delete(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Rename(const ServerRequest& request, HttpBody& body);
  Answer<Operation> Import(const ServerRequest& request, HttpBody& body);
  Answer<Operation> ImportJson(HttpBody& body);
  Answer<Operation> ImportForm(std::string_view boundary, HttpBody& body);
  Answer<Operation> ImportFile(const ServerRequest& request, HttpBody& body);
  Answer<Operation> NewFiles(const ServerRequest& request, HttpBody& body);
  Operation ToImport(ImportCall call);

  WorkspaceModel& model_;
};

}  // namespace wsfs
