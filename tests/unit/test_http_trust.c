#include "http/trust.h"

#include "base/clusters.h"

#include "unit.h"

static int begin(void **state)
{
    trust_add(HTTP_UI, "https://ui.corp:8443/spark");
    trust_add(HTTP_REST, "http://Rest:6066");
    return 0;
}

static int end(void **state)
{
    trust_clear();
    return 0;
}

static void name_workers(const char *json, const char *master_url)
{
    json_t *workers = json_of(json);

    trust_set_workers(workers, master_url);
    json_decref(workers);
}

/* ---- who is given credentials ---- */

static void test_what_one_cluster_trusts_another_does_not(void **state)
{
    clusters_enter(1);
    assert_false(trust_allows(HTTP_UI, "https://ui.corp:8443/spark/json/"));
    clusters_enter(0);
}

static void test_a_configured_host_is_trusted_at_any_port(void **state)
{
    assert_true(trust_allows(HTTP_UI, "https://ui.corp:8443/spark/json/"));
    assert_true(trust_allows(HTTP_UI, "https://ui.corp/other"));
    assert_true(trust_allows(HTTP_REST, "http://rest:6066/v1"));
}

static void test_a_host_is_trusted_for_its_own_service_only(void **state)
{
    assert_false(trust_allows(HTTP_REST, "https://ui.corp:8443/"));
    assert_false(trust_allows(HTTP_HISTORY, "http://rest:6066/"));
    assert_false(trust_allows(HTTP_SESSION, "https://ui.corp:8443/"));
}

static void test_where_https_is_configured_plain_http_is_not_trusted(void **state)
{
    assert_false(trust_allows(HTTP_UI, "http://ui.corp:8443/spark/json/"));
    assert_true(trust_allows(HTTP_REST, "https://rest/"));
}

static void test_any_other_host_is_not_trusted(void **state)
{
    static const char *const urls[] = {
        "https://elsewhere/",
        "https://ui.corp@elsewhere/",
        "https://ui.corp.elsewhere/",
        "https://elsewhere/ui.corp",
        "https://elsewhere#@ui.corp/",
        "ftp://ui.corp/",
        "ui.corp:8443",
        "/spark",
        "",
        "https://",
        "https://ui.corp:99999/",
        "https://ui.corp:8443@elsewhere:80/",
    };

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_false(trust_allows(HTTP_UI, urls[i]));
}

/* ---- workers ---- */

static void test_workers_that_the_master_names_are_trusted(void **state)
{
    name_workers("[{'webuiaddress':'http://w1:8081'},{'webuiaddress':'http://w2:8081'}]",
                 "http://m:8080");
    assert_true(trust_allows(HTTP_UI, "http://w1:8081/log/"));
    assert_true(trust_allows(HTTP_UI, "http://w2:4040/api/v1"));
    assert_false(trust_allows(HTTP_REST, "http://w1:8081/"));
    assert_false(trust_allows(HTTP_UI, "http://w3:8081/"));
}

static void test_workers_are_those_named_last(void **state)
{
    name_workers("[{'webuiaddress':'http://w1:8081'}]", "http://m:8080");
    name_workers("[{'webuiaddress':'http://w2:8081'},{}]", "http://m:8080");
    assert_false(trust_allows(HTTP_UI, "http://w1:8081/"));
    assert_true(trust_allows(HTTP_UI, "http://w2:8081/"));
}

static void test_a_master_with_https_gives_no_credentials_to_plain_http(void **state)
{
    name_workers("[{'webuiaddress':'http://w1:8081'}]", "https://ui.corp:8443/spark");
    assert_false(trust_allows(HTTP_UI, "http://w1:8081/log/"));
    assert_true(trust_allows(HTTP_UI, "https://w1:8481/log/"));
}

/* ---- redirects ---- */

static void test_a_redirect_is_followed_on_its_host(void **state)
{
    assert_true(trust_follows(HTTP_UI, "http://a:1/x", "http://a:1/y"));
    assert_true(trust_follows(HTTP_UI, "http://a:1/x", "https://A:2/x"));
}

static void test_a_redirect_to_another_host_is_not_followed(void **state)
{
    assert_false(trust_follows(HTTP_UI, "http://a:1/x", "http://b:1/x"));
    assert_false(trust_follows(HTTP_UI, "https://ui.corp:8443/", "https://b/"));
    assert_false(trust_follows(HTTP_UI, "http://a/", "https://ui.corp:8443/"));
}

static void test_a_worker_is_trusted_by_both_of_its_names(void **state)
{
    name_workers("[{'webuiaddress':'http://localhost:8081','host':'Box-1'}]",
                 "http://m:8080");
    assert_true(trust_allows(HTTP_UI, "http://localhost:8081/"));
    assert_true(trust_allows(HTTP_UI, "http://box-1:8081/"));
    assert_false(trust_allows(HTTP_UI, "http://box-2:8081/"));
}

static void test_a_redirect_to_a_worker_is_followed(void **state)
{
    name_workers("[{'webuiaddress':'https://w1:8481'}]", "https://ui.corp:8443/spark");
    assert_true(trust_follows(HTTP_UI, "https://ui.corp:8443/", "https://w1:8481/"));
}

static void test_a_redirect_never_leads_from_https_to_http(void **state)
{
    assert_false(trust_follows(HTTP_UI, "https://a/x", "http://a/x"));
}

static void test_a_redirect_to_another_protocol_is_not_followed(void **state)
{
    assert_false(trust_follows(HTTP_UI, "http://a/x", "file:///etc/passwd"));
    assert_false(trust_follows(HTTP_UI, "http://a/x", "ftp://a/x"));
    assert_false(trust_follows(HTTP_UI, "http://a/x", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_what_one_cluster_trusts_another_does_not),
        claim(test_a_configured_host_is_trusted_at_any_port),
        claim(test_a_host_is_trusted_for_its_own_service_only),
        claim(test_where_https_is_configured_plain_http_is_not_trusted),
        claim(test_any_other_host_is_not_trusted),
        claim(test_workers_that_the_master_names_are_trusted),
        claim(test_workers_are_those_named_last),
        claim(test_a_master_with_https_gives_no_credentials_to_plain_http),
        claim(test_a_redirect_is_followed_on_its_host),
        claim(test_a_redirect_to_another_host_is_not_followed),
        claim(test_a_worker_is_trusted_by_both_of_its_names),
        claim(test_a_redirect_to_a_worker_is_followed),
        claim(test_a_redirect_never_leads_from_https_to_http),
        claim(test_a_redirect_to_another_protocol_is_not_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
