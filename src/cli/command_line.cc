#include "cli/command_line.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/client_commands.h"
#include "cli/configuration.h"
#include "cli/conflict_commands.h"
#include "cli/metrics_address.h"
#include "cli/mount_command.h"
#include "cli/serve_command.h"
#include "cli/version.h"

namespace wsfs {
namespace {

constexpr std::string_view kFirstRun =
    "wsfs mounts your Databricks workspace as a folder.\n"
    "\n"
    "  Start here     wsfs mount --demo ~/demo   a workspace on this machine\n"
    "                 wsfs mount ~/ws            yours: set DATABRICKS_HOST "
    "and\n"
    "                                            DATABRICKS_TOKEN, or a "
    "profile\n"
    "  What goes on   wsfs status\n"
    "  All commands   wsfs --help\n";

/// The whole command line: what was parsed, and what it asks to be run.
struct Program {
  CLI::App app{"wsfs mounts a Databricks workspace as a folder.", "wsfs"};
  MountArguments mount;
  UnmountArguments unmount;
  StatusArguments status;
  SyncArguments sync;
  ConflictsArguments conflicts;
  DiffArguments diff;
  ResolveArguments resolve;
  MetricsArguments metrics;
  DropCacheArguments drop_cache;
  ServeArguments serve;
  std::function<int(const Io&)> run;
};

template <typename Time>  // Milliseconds, or one that may be left out.
void AddDuration(CLI::App& command, const std::string& name, Time& into,
                 const std::string& help) {
  command
      .add_option_function<std::string>(
          name,
          [&into](const std::string& text) {
            const auto parsed = ParseDuration(text);
            if (!parsed.ok())
              throw CLI::ValidationError(parsed.error().message());
            into = *parsed;
          },
          help)
      ->type_name("TIME");
}

/// One argument is DIR, two are REMOTE DIR.
void TakeFolders(MountArguments& mount, const std::vector<std::string>& words) {
  mount.directory = words.back();
  if (words.size() == 2) mount.remote = words.front();
}

void AddModes(CLI::App& command, MountArguments& mount) {
  command
      .add_option("--writes", mount.writes,
                  "When a close returns: back = once the file is safe here, "
                  "through = once the service has it, auto = through for a "
                  "person's save, up to 2 s, else back")
      ->type_name("MODE")
      ->check(CLI::IsMember({"auto", "through", "back"}));
  command
      .add_option("--fsync", mount.fsync,
                  "What fsync waits for: local = this machine's disk, remote "
                  "= the service")
      ->type_name("MODE")
      ->check(CLI::IsMember({"local", "remote"}));
  command
      .add_option("--merge", mount.merge,
                  "What changed here and at the service: auto = one file with "
                  "both edits where they do not meet, never = two files (of "
                  "the first mount; others join it)")
      ->type_name("MODE")
      ->check(CLI::IsMember({"auto", "never"}));
  command
      .add_option("--poll-rate", mount.poll_rate,
                  "Listings a second, at most, that look for changes of others "
                  "in folders in use; 0 = none (of the first mount; others "
                  "join it)")
      ->type_name("N")
      ->check(CLI::Range(0.0, kMostPollsPerSecond));
}

/// What the engine tells others about itself.
void AddReports(CLI::App& command, MountArguments& mount) {
  command
      .add_option_function<std::string>(
          "--metrics",
          [&mount](const std::string& text) {
            const auto wish = ParseMetricsWish(text);
            if (!wish.ok()) throw CLI::ValidationError(wish.error().message());
            mount.metrics = text;
          },
          "127.0.0.1:PORT serves metrics there (port 0 picks one), off counts "
          "nothing (of the first mount; others join it)")
      ->type_name("ADDRESS");
  command
      .add_option_function<std::string>(
          "--log-level",
          [&mount](const std::string& text) {
            const auto level = ParseLogLevel(text);
            if (!level.ok())
              throw CLI::ValidationError(level.error().message());
            mount.log_level = *level;
          },
          "trace, debug, info, warn or error")
      ->type_name("LEVEL");
  command.add_option("--log-file", mount.log_file, "Append the log to this")
      ->type_name("FILE");
}

void AddMount(Program& program) {
  CLI::App* const command = program.app.add_subcommand(
      "mount", "Mount a workspace, or one of its folders, as a folder");
  MountArguments& mount = program.mount;
  command
      ->add_option_function<std::vector<std::string>>(
          "folders",
          [&mount](const std::vector<std::string>& words) {
            TakeFolders(mount, words);
          },
          "[REMOTE] DIR: a workspace folder (default /), and where to mount it")
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->required()
      ->expected(1, 2)
      ->type_name("");
  command->add_flag("--foreground,-f", mount.foreground,
                    "Stay until the mount has gone");
  command->add_flag("--demo", mount.demo,
                    "Mount a workspace that is served on this machine");
  command->add_flag("--read-only", mount.read_only, "Refuse every change");
  command
      ->add_option("--profile", mount.profile,
                   "Profile of ~/.databrickscfg to sign in with")
      ->type_name("NAME");
  command
      ->add_option("--store", mount.store,
                   "Where state and unsent files are kept")
      ->type_name("FOLDER");
  AddModes(*command, mount);
  AddDuration(*command, "--deadline", mount.deadline,
              "How long a file operation waits for the service (5s)");
  AddDuration(*command, "--drain", mount.drain,
              "How long its end waits for uploads (30s)");
  AddReports(*command, mount);
  command->callback([&program, command] {
    program.run = [&program, command](const Io& io) {
      const Given given = [command](std::string_view option) {
        return command->count("--" + std::string(option)) > 0;
      };
      const auto configured = Configure(program.mount, given, io.environment);
      if (configured.ok()) return MountCommand(program.mount, io);
      io.err(fmt::format("wsfs: {}\n", configured.error().message()));
      return kExitUsage;
    };
  });
}

void AddUnmount(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "unmount", "Send what is not sent yet, and unmount");
  UnmountArguments& unmount = program.unmount;
  command->add_option("dir", unmount.directory, "The mounted folder")
      ->required()
      ->type_name("DIR");
  AddDuration(*command, "--drain", unmount.drain,
              "How long to wait for uploads (30s, or as mounted)");
  command->add_flag("--now", unmount.now,
                    "Do not wait; what is unsent goes out with the next mount");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return UnmountCommand(program.unmount, io);
    };
  });
}

void AddStatus(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "status", "Tell what is mounted, and what is not sent yet");
  StatusArguments& status = program.status;
  command->add_option("dir", status.directory, "A mounted folder; else all")
      ->type_name("DIR");
  command->add_flag("--json", status.json, "For programs");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return StatusCommand(program.status, io);
    };
  });
}

void AddSync(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "sync", "Send everything now; exit 0 when nothing is left");
  SyncArguments& sync = program.sync;
  command->add_option("dir", sync.directory, "A mounted folder")
      ->required()
      ->type_name("DIR");
  AddDuration(*command, "--timeout", sync.timeout, "How long to try (60s)");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return SyncCommand(program.sync, io);
    };
  });
}

void AddConflicts(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "conflicts", "List the files that changed here and at the service");
  ConflictsArguments& conflicts = program.conflicts;
  command->add_option("dir", conflicts.directory, "A mounted folder; else all")
      ->type_name("DIR");
  command->add_flag("--json", conflicts.json, "For programs");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return ConflictsCommand(program.conflicts, io);
    };
  });
}

void AddDiff(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "diff", "Compare the service's version of a file with yours");
  command->add_option("path", program.diff.path, "A file in conflict")
      ->required()
      ->type_name("PATH");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return DiffCommand(program.diff, io);
    };
  });
}

void AddResolve(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "resolve", "Decide about a file that is in conflict, or refused");
  ResolveArguments& resolve = program.resolve;
  command->add_option("path", resolve.path, "The file, or your copy of it")
      ->required()
      ->type_name("PATH");
  const auto add = [&](const std::string& word, const std::string& help) {
    return command->add_flag_callback(
        "--" + word, [&resolve, word] { resolve.side = word; }, help);
  };
  CLI::Option* mine = add("mine", "Yours goes to the service, over theirs");
  CLI::Option* theirs = add("theirs", "Yours goes to the store's trash");
  CLI::Option* merge = add(
      "merge", "Both edits in one; where they meet they are marked for you");
  mine->excludes(theirs)->excludes(merge);
  theirs->excludes(merge);
  command->callback([&program] {
    if (program.resolve.side.empty())
      throw CLI::ValidationError("say --mine, --theirs or --merge");
    program.run = [&program](const Io& io) {
      return ResolveCommand(program.resolve, io);
    };
  });
}

void AddMetrics(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "metrics", "Print what a mount has counted, as Prometheus reads it");
  command
      ->add_option("dir", program.metrics.directory,
                   "A mounted folder; else the one workspace that is mounted")
      ->type_name("DIR");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return MetricsCommand(program.metrics, io);
    };
  });
}

void AddDropCache(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "drop-cache", "Forget downloaded contents (they are fetched again)");
  command->group("");
  command->add_option("dir", program.drop_cache.directory, "A mounted folder")
      ->required()
      ->type_name("DIR");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return DropCacheCommand(program.drop_cache, io);
    };
  });
}

void AddServe(Program& program) {
  CLI::App* command = program.app.add_subcommand(
      "serve", "Serve a Databricks workspace on this machine");
  ServeArguments& serve = program.serve;
  ServeOptions& options = serve.options;
  options.data.clear();
  command
      ->add_option("--listen", options.listen,
                   "127.0.0.1:PORT; port 0 picks one and prints it")
      ->type_name("ADDRESS");
  command->add_option("--data", options.data, "A folder, or :memory:")
      ->type_name("FOLDER");
  command
      ->add_option("--token", options.token,
                   "What clients must send; a random one otherwise")
      ->type_name("TOKEN");
  AddDuration(*command, "--latency", options.latency, "Added to every call");
  AddDuration(*command, "--jitter", options.jitter, "Added by chance");
  command
      ->add_option("--request-log", options.request_log,
                   "One JSON object a request")
      ->type_name("FILE");
  command
      ->add_option("--switch", options.switches,
                   "An uncertain behaviour of the service")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("NAME=VALUE");
  command->add_option("--faults", options.faults, "What goes wrong, as JSON")
      ->type_name("FILE");
  command->add_flag("--demo", options.demo, "Fill an empty workspace");
  command->add_flag("--rates", options.documented_rates,
                    "Apply the documented rate limits");
  command->add_flag("--switches", serve.list_switches,
                    "List the switches and their values");
  command->callback([&program] {
    program.run = [&program](const Io& io) {
      return ServeCommand(program.serve, io);
    };
  });
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments, const Io& io) {
  if (arguments.empty()) {
    io.out(kFirstRun);
    return kExitOk;
  }
  Program program;
  // Of an option that is given twice the last one counts, as in most tools.
  program.app.option_defaults()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  program.app.set_version_flag("--version", fmt::format("wsfs {}", kVersion));
  program.app.require_subcommand(1);
  AddMount(program);
  AddUnmount(program);
  AddStatus(program);
  AddSync(program);
  AddConflicts(program);
  AddDiff(program);
  AddResolve(program);
  AddServe(program);
  AddMetrics(program);
  AddDropCache(program);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    program.app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    io.out(program.app.help());
    return kExitOk;
  } catch (const CLI::Success& version) {
    io.out(fmt::format("{}\n", version.what()));
    return kExitOk;
  } catch (const CLI::ParseError& wrong) {
    io.err(fmt::format("wsfs: {}\nSee: wsfs --help\n", wrong.what()));
    return kExitUsage;
  }
  return program.run(io);
}

}  // namespace wsfs
