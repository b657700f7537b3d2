// SPDX-License-Identifier: Apache-2.0
// Options and the password file, whose errors an operator reads.
#include "posix/options.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "posix/password.h"
#include "tests/lab/sandbox.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

class OptionsTest : public testing::Test {
 protected:
  OptionsTest() {
    settings.add_options()("pool", po::value<std::string>())("interval", po::value<std::string>())(
        "port", po::value<std::string>())("json", po::bool_switch())(
        "buddy", po::value<std::vector<std::string>>()->composing());
    std::string pattern = testing::TempDir() + "buddyring-options-XXXXXX";
    directory = ::mkdtemp(pattern.data());
  }
  ~OptionsTest() override { std::filesystem::remove_all(directory); }

  // A file with this text and mode; its path.
  std::string file(const std::string& text, mode_t mode = 0600) {
    const std::string path = directory + "/file";
    lab::make_file(path, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  // The message of the refusal.
  template <class Work>
  std::string refusal(Work work) {
    try {
      static_cast<void>(work());
    } catch (const StartupError& error) {
      return error.what();
    }
    return "";
  }
  std::string refused(const std::vector<std::string>& arguments) {
    return refusal([&] { return parse_options("buddyd", settings, arguments, false); });
  }

  po::options_description settings;
  std::string directory;
};

TEST_F(OptionsTest, CommandLineWinsOverTheFile) {
  const std::string path = file("pool = from-file\ninterval = 5ms\njson = true\n");
  const Options options = parse_options("buddyd", settings, {"--config", path, "--pool=from-line"}, false);
  EXPECT_EQ(options.text("pool", ""), "from-line");
  EXPECT_EQ(options.duration("interval", 1s, 1ms, 1s), 5ms);
  EXPECT_TRUE(options.on("json"));
}

// A variable of the environment, for as long as this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST_F(OptionsTest, TheEnvironmentStandsBetweenCommandLineAndFile) {
  const std::string path = file("pool = from-file\ninterval = 5ms\nport = 1\nbuddy = filed\n");
  const Variable config("BUDDYD_CONFIG", path);
  const Variable pool("BUDDYD_POOL", "from-environment");
  const Variable interval("BUDDYD_INTERVAL", "6ms");
  const Variable json("BUDDYD_JSON", "true");
  const Variable buddy("BUDDYD_BUDDY", "environed");
  const Variable other("BUDDYROUTER_PORT", "2");
  const Options options = parse_options("buddyd", settings, {"--pool=from-line", "--buddy=lined"}, false);
  EXPECT_EQ(options.text("pool", ""), "from-line");
  EXPECT_EQ(options.text("interval", ""), "6ms");
  EXPECT_EQ(options.text("port", ""), "1");
  EXPECT_TRUE(options.on("json"));
  const std::vector<std::string> all{"lined", "environed", "filed"};
  EXPECT_EQ(options.values["buddy"].as<std::vector<std::string>>(), all);
}

TEST_F(OptionsTest, ANameOfSeveralWordsHasUnderscoresInTheEnvironment) {
  settings.add_options()("key-file", po::value<std::string>());
  const Variable key_file("BUDDYD_KEY_FILE", "/keys");
  EXPECT_EQ(parse_options("buddyd", settings, {}, false).text("key-file", ""), "/keys");
}

TEST_F(OptionsTest, UnknownVariableNamesTheNearest) {
  const Variable misspelt("BUDDYD_INTERVALL", "6ms");
  EXPECT_EQ(refused({}), "unknown variable BUDDYD_INTERVALL in the environment; the nearest is BUDDYD_INTERVAL");
}

TEST_F(OptionsTest, UnacceptableVariableIsRefused) {
  const Variable json("BUDDYD_JSON", "perhaps");
  EXPECT_NE(refused({}).find("read the environment's BUDDYD_*: "), std::string::npos) << refused({});
}

TEST_F(OptionsTest, UnknownOptionNamesTheNearest) {
  EXPECT_EQ(refused({"--pol=x"}), "unknown option --pol; the nearest is --pool");
  EXPECT_EQ(refused({"--interva", "3s"}), "unknown option --interva; the nearest is --interval");
  EXPECT_NE(refused({"--qqqqqqqq"}).find("unknown option --qqqqqqqq"), std::string::npos);
  EXPECT_NE(refused({"stray"}).find("'stray'"), std::string::npos);
}

TEST_F(OptionsTest, UnknownKeyInTheFileNamesIt) {
  const std::string path = file("pol = x\n");
  EXPECT_EQ(refused({"--config", path}), "unknown key pol in " + path + "; the nearest is pool");
}

TEST_F(OptionsTest, FileThatIsNotThereIsNamed) {
  EXPECT_NE(refused({"--config", directory + "/none"}).find(directory + "/none"), std::string::npos);
}

TEST_F(OptionsTest, ValuesOutOfBoundsNameOptionValueAndBounds) {
  const Options options = parse_options("buddyd", settings, {"--interval=2s", "--port=70000", "--pool=a b"}, false);
  EXPECT_EQ(refusal([&] { return options.duration("interval", 1s, 1ms, 1s); }),
            "--interval '2s' is not acceptable; give a duration from 1ms to 1s");
  EXPECT_EQ(refusal([&] { return options.number("port", 1, 1, 65535); }),
            "--port '70000' is not acceptable; give a number from 1 to 65535");
  EXPECT_NE(refusal([&] { return required_name(options, "pool"); }).find("--pool 'a b'"), std::string::npos);
}

TEST_F(OptionsTest, AWordIsOneOfAListOrTheRefusalNamesThemAll) {
  const auto choice = [&](const std::vector<std::string>& arguments) {
    return parse_options("buddyd", settings, arguments, false)
        .one_of<int>("pool", {{"first", 1}, {"second", 2}, {"third", 3}});
  };
  EXPECT_EQ(choice({"--pool=third"}), 3);
  EXPECT_EQ(choice({}), 1);
  for (const auto& given : {std::pair{"fourth", ""}, {"First", "first"}, {"secon", "second"}}) {
    const std::string word = given.first;
    const std::string nearest = given.second;
    EXPECT_EQ(refusal([&] { return choice({"--pool=" + word}); }),
              "--pool '" + word + "' is not acceptable; give first, second or third" +
                  (nearest.empty() ? "" : "; the nearest is " + nearest));
  }
}

TEST_F(OptionsTest, WhatIsMissingIsNamed) {
  const Options options = parse_options("buddyd", settings, {}, false);
  EXPECT_NE(refusal([&] { return options.required("pool"); }).find("--pool is missing"), std::string::npos);
}

TEST_F(OptionsTest, PasswordIsTheFileWithoutItsNewline) {
  EXPECT_EQ(read_password_file(file("se cret \n")), "se cret ");
}

TEST_F(OptionsTest, PasswordFileThatOthersMayReadIsRefused) {
  const std::string path = file("secret\n", 0644);
  EXPECT_NE(refusal([&] { return read_password_file(path); }).find("chmod 600 " + path), std::string::npos);
}

TEST_F(OptionsTest, PasswordFileWithMoreThanAPasswordIsRefused) {
  const std::string path = file("one\ntwo\n");
  EXPECT_NE(refusal([&] { return read_password_file(path); }).find("more than one line"), std::string::npos);
}

TEST_F(OptionsTest, PasswordFileThatIsTooLongIsRefused) {
  const std::string path = file(std::string(257, 'x'));
  EXPECT_NE(refusal([&] { return read_password_file(path); }).find("longer than 256"), std::string::npos);
}

TEST_F(OptionsTest, PasswordFileThatIsNoFileIsRefused) {
  EXPECT_NE(refusal([&] { return read_password_file(directory); }).find("not a regular file"), std::string::npos);
}

// How to get into the registry, from these arguments.
class AccessTest : public OptionsTest {
 protected:
  AccessTest() { add_registry_options(registry_settings); }
  ~AccessTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }
  RegistryAccess access(std::vector<std::string> arguments) {
    arguments.emplace_back("--registry=mysql://u@h/d");
    return registry_access(parse_options("buddyd", registry_settings, arguments, false));
  }

  po::options_description registry_settings;
};

TEST_F(AccessTest, ThePasswordMayComeFromACredentialOfSystemd) {
  file("from systemd\n", 0400);
  ::setenv("CREDENTIALS_DIRECTORY", directory.c_str(), 1);
  EXPECT_EQ(access({"--registry-password-credential=file"}).password, "from systemd");
  EXPECT_NE(refusal([&] { return access({"--registry-password-credential=other"}); }).find(directory + "/other"),
            std::string::npos);
  EXPECT_NE(refusal([&] {
              return access({"--registry-password-credential=../file"});
            }).find("--registry-password-credential"),
            std::string::npos);
}

TEST_F(AccessTest, ACredentialIsForAServiceAlone) {
  EXPECT_NE(refusal([&] { return access({"--registry-password-credential=file"}); }).find("LoadCredential=file:FILE"),
            std::string::npos);
}

TEST_F(AccessTest, OneWayForAPasswordIsEnough) {
  EXPECT_NE(refusal([&] {
              return access({"--registry-password-credential=a", "--registry-password-file=" + file("secret\n")});
            }).find("exclude each other"),
            std::string::npos);
}

TEST_F(AccessTest, ThePasswordIsNoOption) {
  EXPECT_NE(refusal([&] { return access({"--registry-password=secret"}); }).find("unknown option"), std::string::npos);
}

TEST_F(AccessTest, TheAuthoritiesMustBeThere) {
  EXPECT_EQ(access({"--registry-tls-ca=" + file("any")}).tls_ca, directory + "/file");
  EXPECT_NE(refusal([&] { return access({"--registry-tls-ca=" + directory + "/none"}); }).find("--registry-tls-ca"),
            std::string::npos);
}

}  // namespace
}  // namespace buddyring
