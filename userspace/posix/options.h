// SPDX-License-Identifier: Apache-2.0
// Options of a program: from the command line, the environment and a file, with
// errors that say what was wrong and what would be right.
//
// Theory of operation. Each program describes its settings with
// Boost.Program_options; --config, --help and --version are added here. The
// file named by --config has lines `key = value` with the settings' long names.
// A variable of the environment is the program's name and the setting's in capitals,
// with _ for -, such as BUDDYD_KEY_FILE. The command line wins over the environment, and
// that over the file; an option of which all values count has those of all three. What
// is no option is refused wherever it stands, and the nearest option named. Options are
// never guessed from a beginning, for --re may mean another option in the next version.
#pragma once

#include <boost/program_options.hpp>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/registry_url.h"
#include "core/time.h"
#include "posix/log.h"
#include "posix/pool_keys.h"
#include "posix/startup_error.h"

namespace buddyring {

namespace po = boost::program_options;

// The command line or the file is at fault, not the world.
class UsageError : public StartupError {
 public:
  using StartupError::StartupError;
};

struct Options {
  po::variables_map values;
  std::vector<std::string> words;  // what was no option, in order

  // REQUIRES an option of type std::string. Throws UsageError when it was not given.
  [[nodiscard]] std::string required(const char* name) const;
  // The option, or `otherwise`.
  [[nodiscard]] std::string text(const char* name, const std::string& otherwise) const;
  [[nodiscard]] bool given(const char* name) const;
  // By name, of those that were given: the text of each, of lists a line each value.
  [[nodiscard]] std::map<std::string, std::string> all_given() const;
  // A switch, from po::bool_switch(), which has a default of its own, or a po::value<bool>().
  [[nodiscard]] bool on(const char* name, bool otherwise = false) const;
  // Text options that stand for something else. Throw UsageError outside of the bounds.
  [[nodiscard]] Duration duration(const char* name, Duration otherwise, Duration min, Duration max) const;
  // The same of one that must be given.
  [[nodiscard]] Duration required_duration(const char* name, Duration min, Duration max) const;
  // `besides`: a word that the caller accepts, too, for the error; "": none.
  [[nodiscard]] uint64_t number(const char* name, uint64_t otherwise, uint64_t min, uint64_t max,
                                const std::string& besides = "") const;
  // What the word stands for that was given; the first of them when none was. Throws
  // UsageError, naming all, when it is none of these. REQUIRES at least one.
  template <class Value>
  [[nodiscard]] Value one_of(const char* name, std::initializer_list<std::pair<const char*, Value>> choices) const {
    const std::string word = text(name, choices.begin()->first);
    std::vector<std::string> accepted;
    for (const auto& [each, value] : choices) {
      if (word == each) {
        return value;
      }
      accepted.emplace_back(each);
    }
    refuse_word(name, word, accepted);
  }
  // Throws the UsageError of one_of().
  [[noreturn]] static void refuse_word(const char* name, const std::string& word,
                                       const std::vector<std::string>& accepted);
};

// Width of a help text, for po::options_description.
inline constexpr unsigned help_columns = 100;

// --help, --version and --config, to be shown after the settings.
[[nodiscard]] po::options_description common_options();

// `program` is the name whose variables of the environment are read, `arguments` are without
// it. Words are refused unless `takes_words`. Throws UsageError.
[[nodiscard]] Options parse_options(const std::string& program, const po::options_description& settings,
                                    const std::vector<std::string>& arguments, bool takes_words);

// --registry and how to get in: --registry-password-file, --registry-password-credential,
// --registry-tls-ca.
void add_registry_options(po::options_description& settings);
struct RegistryAccess {
  std::vector<RegistryUrl> urls;  // the endpoints, the preferred first; never empty
  std::string password;
  std::string tls_ca{};  // a file with certificates; "": without TLS
};
// Throws UsageError, or StartupError when a file is at fault.
[[nodiscard]] RegistryAccess registry_access(const Options& options);

// --key-file.
void add_key_option(po::options_description& settings);
// Without one, those of a pool without keys. Throws StartupError when the file is at fault.
[[nodiscard]] PoolKeys pool_keys(const Options& options);

// --interface, a std::vector<std::string>: up to BUDDYRING_MAX_LINKS, each another; none
// when it was not given or is empty. Throws UsageError.
[[nodiscard]] std::vector<std::string> interface_names(const Options& options);

// --log-level, info when it was not given. Throws UsageError.
[[nodiscard]] LogLevel log_level(const Options& options);

// --pool and the like: throws UsageError unless it is a valid name.
[[nodiscard]] std::string required_name(const Options& options, const char* name);
// The same, or "" when it was not given or is empty.
[[nodiscard]] std::string optional_name(const Options& options, const char* name);

}  // namespace buddyring
