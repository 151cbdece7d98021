// Members, devices, where a message comes from and the check of a group, in Turkish. Part of turkish-chat.ts.
import type { Words } from './words.ts';

export const TURKISH_PANELS: Words['chat']['panels'] = {
  roles: { owner: 'sahip', admin: 'yönetici', member: 'üye' },
  members: (count) => `${count} üye`,
  membersTitle: (name) => `${name}: üyeler`,
  devices: (count) => `${count} cihaz`,
  verified: 'doğrulandı',
  notVerified: 'doğrulanmadı',
  keyChanged: 'ANAHTARI DEĞİŞTİ',
  devicesTitle: 'Cihazlarınız',
  devicesAdvice:
    'Bunlardan birini elinde tutan, bundan sonra her şeyi okur. /devices revoke AD birini çıkarır; sirdas link-device yenisini ekler.',
  thisDevice: '(bu cihaz)',
  added: (date) => `eklendiği tarih: ${date}`,
  key: 'anahtar',
  checkTitle: (name) => `${name}: denetim`,
  checkAdvice: (epoch) =>
    `Kimse alınıp çıkarılmadıkça gruptaki herkes burada aynı rakamları görür (adım ${epoch}). Telefonda birbirinize okuyun: aynı rakamlar, aynı üyeler ve aynı anahtarlar demektir.`,
  checkMembers: 'Kimler doğrulandı; /verify AD bir kişiyle güvenlik numarasını karşılaştırır:',
  infoTitle: 'Bu mesaj nereden geliyor',
  info: {
    from: 'Gönderen',
    sent: 'Gönderildi',
    edited: 'Düzenlendi',
    device: 'Cihaz',
    deviceKey: 'Cihaz anahtarı',
    identityKey: 'Kimlik anahtarı',
    verified: 'Doğrulama',
    envelope: 'Zarf',
    delivered: 'Ulaştı',
    read: 'Okudu',
    expires: 'Kaybolur',
  },
  unknownDevice: 'göndericinin kayıtlarında artık yok',
  revokedDevice: 'sahibi o zamandan beri çıkardı',
  unknown: 'bilinmiyor',
  never: 'hiç: /verify ile güvenlik numaralarını karşılaştırın',
  since: (date) => `${date} tarihinden beri`,
  nobodyYet: 'henüz kimse',
  envelopes: {
    classic: 'klasik: ileri gizlilik yok',
    mls: 'MLS: ileri gizlilik var',
  },
  afterReading: (duration) => `okunduktan ${duration} sonra`,
  expiresAt: (time) => `${time}`,
};
