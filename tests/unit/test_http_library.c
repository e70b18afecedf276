/* What is made of the words and numbers of TLS libraries, and where authorities are looked for. */
#include "http/library.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static void test_numbers_are_those_of_openssl(void **state)
{
    assert_int_equal(library_verdict(10, "SSL certificate problem: expired"),
                     VERDICT_EXPIRED);
    assert_int_equal(
        library_verdict(0, "SSL: no alternative certificate subject name matches "
                           "target host name '127.0.0.1'"),
        VERDICT_OTHER_HOST);
    assert_int_equal(library_verdict(0, "something else"), 0);
}

/* As curl 8.21 with mbedTLS 3.6 told them, which gives the number 0. */
static void test_sentences_of_mbedtls_are_understood(void **state)
{
    assert_int_equal(
        library_verdict(0, "mbedTLS: The certificate validity has expired\n"),
        VERDICT_EXPIRED);
    assert_int_equal(
        library_verdict(0, "mbedTLS: The certificate Common Name (CN) does not match "
                           "with the expected CN\n"),
        VERDICT_OTHER_HOST);
    assert_int_equal(
        library_verdict(0, "mbedTLS: The certificate is not correctly signed by the "
                           "trusted CA\n"),
        VERDICT_ISSUER_UNKNOWN);
    assert_int_equal(
        library_verdict(0, "mbedTLS: The certificate validity starts in the future\n"),
        VERDICT_NOT_YET_VALID);
}

static void test_a_file_that_the_environment_names_comes_first(void **state)
{
    setenv("SSL_CERT_FILE", "/somewhere/ca.pem", 1);
    assert_text(library_find_authorities(), "/somewhere/ca.pem");
    unsetenv("SSL_CERT_FILE");
    if (library_find_authorities() != NULL)
        assert_string_not_equal(library_find_authorities(), "/somewhere/ca.pem");
}

static void test_check_is_told_the_version_and_tls(void **state)
{
    char text[400];

    library_describe(text, sizeof text);
    assert_non_null(strstr(text, "authorities"));
    assert_null(strstr(text, "(null)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_those_of_openssl),
        cmocka_unit_test(test_sentences_of_mbedtls_are_understood),
        cmocka_unit_test(test_a_file_that_the_environment_names_comes_first),
        cmocka_unit_test(test_check_is_told_the_version_and_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
