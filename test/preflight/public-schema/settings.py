"""A shop of django-oscar, as far as its tables go: its migrations run, and nothing is served."""
import os

from oscar.defaults import *  # noqa: F401,F403

SECRET_KEY = 'nothing is signed with it'
SITE_ID = 1
USE_TZ = True
ROOT_URLCONF = 'settings'
urlpatterns = []
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': os.environ['SHOP_DATABASE'],
        'USER': os.environ['SHOP_LOGIN'],
        'PASSWORD': os.environ['SHOP_PASSWORD'],
        'HOST': 'localhost',
        'PORT': os.environ['SHOP_PORT'],
        'OPTIONS': {'sslmode': 'verify-full', 'sslrootcert': os.environ['SHOP_AUTHORITY']},
    },
}
HAYSTACK_CONNECTIONS = {'default': {'ENGINE': 'haystack.backends.simple_backend.SimpleEngine'}}
INSTALLED_APPS = [
    *(f'django.contrib.{name}' for name in ('auth', 'contenttypes', 'sessions', 'messages', 'staticfiles', 'sites', 'flatpages', 'admin')),
    *(f'oscar.apps.{name}' for name in (
        'analytics.apps.AnalyticsConfig', 'checkout.apps.CheckoutConfig', 'address.apps.AddressConfig', 'shipping.apps.ShippingConfig',
        'catalogue.apps.CatalogueConfig', 'catalogue.reviews.apps.CatalogueReviewsConfig', 'communication.apps.CommunicationConfig',
        'partner.apps.PartnerConfig', 'basket.apps.BasketConfig', 'payment.apps.PaymentConfig', 'offer.apps.OfferConfig',
        'order.apps.OrderConfig', 'customer.apps.CustomerConfig', 'search.apps.SearchConfig', 'voucher.apps.VoucherConfig',
        'wishlists.apps.WishlistsConfig')),
    'widget_tweaks', 'haystack', 'treebeard', 'sorl.thumbnail', 'django_tables2',
]
TEMPLATES = [{
    'BACKEND': 'django.template.backends.django.DjangoTemplates',
    'APP_DIRS': True,
    'OPTIONS': {'context_processors': [
        f'django.{name}' for name in ('contrib.auth.context_processors.auth', 'contrib.messages.context_processors.messages',
                                      'template.context_processors.request')]},
}]
MIDDLEWARE = [f'django.contrib.{name}' for name in (
    'sessions.middleware.SessionMiddleware', 'auth.middleware.AuthenticationMiddleware', 'messages.middleware.MessageMiddleware')]
