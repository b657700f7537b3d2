// SPDX-License-Identifier: Apache-2.0
// TLS to the database: only with a server that an authority of ours vouches for.
#include <fcntl.h>
#include <sys/wait.h>

#include <filesystem>
#include <stdexcept>

#include "posix/fd.h"
#include "tests/lab/child.h"
#include "tests/registry/fixture.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;

class TlsTest : public RegistryTest {
 protected:
  TlsTest() : folder_(fs::absolute(fs::temp_directory_path() / ("buddyring-tls-" + std::to_string(getpid())))) {
    fs::create_directories(folder_);
    make_authority("ca");
    make_authority("stranger");
  }
  ~TlsTest() override {
    fs::remove_all(folder_);
    database().restart_with({});
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }

  void openssl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "openssl");
    const Fd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
    const pid_t pid =
        lab::fork_child({.argv = arguments, .input = nothing.get(), .out = nothing.get(), .err = nothing.get()});
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0) {
      throw std::runtime_error("openssl " + arguments.at(1) + " failed; is the package openssl installed?");
    }
  }
  void make_authority(const std::string& name) const {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=" + name, "-keyout", file(name + ".key"), "-out", file(name + ".pem")});
  }
  // MariaDB begins anew with a certificate by "ca" for `subject`, such as "IP:127.0.0.1".
  void serve_as(const std::string& subject) const {
    openssl({"req",
             "-x509",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:prime256v1",
             "-nodes",
             "-days",
             "2",
             "-subj",
             "/CN=a database",
             "-addext",
             "subjectAltName=" + subject,
             "-addext",
             "basicConstraints=critical,CA:FALSE",
             "-CA",
             file("ca.pem"),
             "-CAkey",
             file("ca.key"),
             "-keyout",
             file("server.key"),
             "-out",
             file("server.pem")});
    database().restart_with({"--ssl-cert=" + file("server.pem"), "--ssl-key=" + file("server.key")});
  }
  [[nodiscard]] RegistryClient client_with(const std::string& authority) const {
    return RegistryClient{database().url(agent_user, registry_database), agent_password, file(authority + ".pem")};
  }
  static void expect_refused(RegistryClient client) {
    const auto connected = client.connect();
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().kind, ErrorKind::unreachable);
    EXPECT_NE(connected.error().message.find("--registry-tls-ca"), std::string::npos) << connected.error().message;
  }

 private:
  std::string folder_;
};

TEST_F(TlsTest, WithTheRightAuthorityTheConnectionIsEncrypted) {
  serve_as("IP:" + database().bind_address());
  EXPECT_TRUE(client_with("ca").connect());
  Connection connection(database().url(agent_user, registry_database), agent_password, file("ca.pem"));
  ASSERT_TRUE(std::holds_alternative<Done>(connection.open()));
  const auto cipher = connection.query("SHOW STATUS LIKE 'Ssl_cipher'");
  ASSERT_TRUE(std::holds_alternative<ResultSet>(cipher));
  EXPECT_NE(std::get<ResultSet>(cipher).rows.at(0).at(1), "");
}

TEST_F(TlsTest, AHostsNameCounts) {
  serve_as("DNS:localhost");
  expect_refused(client_with("ca"));
  RegistryUrl url = database().url(agent_user, registry_database);
  url.host = "localhost";
  EXPECT_TRUE(RegistryClient(url, agent_password, file("ca.pem")).connect());
}

TEST_F(TlsTest, AnotherAuthorityIsRefused) {
  serve_as("IP:" + database().bind_address());
  expect_refused(client_with("stranger"));
}

TEST_F(TlsTest, AServerWithoutTlsIsRefused) { expect_refused(client_with("ca")); }

TEST_F(TlsTest, WithoutTheOptionNothingChanges) {
  serve_as("IP:" + database().bind_address());
  EXPECT_TRUE(new_client()->connect());
}

}  // namespace
}  // namespace buddyring
