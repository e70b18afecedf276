/* Which requests go through a proxy. */
#include "http/proxy.h"

#include "unit.h"

static int begin(void **state)
{
    return 0;
}

static int end(void **state)
{
    proxy_set(NULL, NULL);
    return 0;
}

static void test_without_a_setting_nothing_goes_through_a_proxy(void **state)
{
    assert_null(proxy_for("http://spark.corp:8080/json/"));
}

static void test_everything_elsewhere_goes_through_it(void **state)
{
    proxy_set("http://p:3128", NULL);
    assert_text(proxy_for("http://spark.corp:8080/json/"), "http://p:3128");
    assert_text(proxy_for("https://10.0.0.7/x"), "http://p:3128");
    assert_text(proxy_for("http://localhost.corp/"), "http://p:3128");
}

static void test_this_machine_is_never_asked_through_it(void **state)
{
    proxy_set("http://p:3128", NULL);
    assert_null(proxy_for("http://127.0.0.1:6066/v1"));
    assert_null(proxy_for("http://LOCALHOST:8080/"));
    assert_null(proxy_for("http://[::1]:8080/"));
}

static void test_listed_hosts_and_their_subdomains_are_asked_directly(void **state)
{
    proxy_set("http://p:3128", "spark.corp, .inner.corp,10.0.0.7");
    assert_null(proxy_for("http://spark.corp:8080/"));
    assert_null(proxy_for("http://w1.spark.corp:8081/"));
    assert_null(proxy_for("http://a.inner.corp/"));
    assert_null(proxy_for("http://10.0.0.7:8081/"));
    assert_text(proxy_for("http://myspark.corp/"), "http://p:3128");
    assert_text(proxy_for("http://110.0.0.7/"), "http://p:3128");
    proxy_set("http://p:3128", "*");
    assert_null(proxy_for("http://any.where/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(test_without_a_setting_nothing_goes_through_a_proxy),
        claim(test_everything_elsewhere_goes_through_it),
        claim(test_this_machine_is_never_asked_through_it),
        claim(test_listed_hosts_and_their_subdomains_are_asked_directly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
